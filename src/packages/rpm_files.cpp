// Which installed package owns a file, by rpm's data: since rpm 4.16 an SQLite file whose table
// Packages holds a header for each package. A header splits paths: the names of its files, the
// folders they are in, and for each file the index of its folder.
//
// The database comes out of a root that may be hostile. SQLite gets its bytes, not its path, and no
// view, trigger or foreign function of it is run; a query that takes unreasonably long is ended.

#include <sqlite3.h>

#include <memory>

#include "packages/package_files.h"
#include "packages/package_text.h"
#include "packages/rpm_header.h"

namespace pack {

namespace {

constexpr uint64_t kLargestDatabase = 1 << 30;
constexpr int kMostSteps = 10'000'000;  // of SQLite's virtual machine; a package takes about ten

constexpr const char* kPlaces[] = {"/var/lib/rpm/rpmdb.sqlite",
                                   "/usr/lib/sysimage/rpm/rpmdb.sqlite",
                                   "/usr/share/rpm/rpmdb.sqlite"};

using Database = std::unique_ptr<sqlite3, decltype(&sqlite3_close)>;
using Query = std::unique_ptr<sqlite3_stmt, decltype(&sqlite3_finalize)>;

void require_ok(int status, sqlite3* database) {
  if (status != SQLITE_OK)
    throw Error(std::string("the rpm database cannot be read: ") + sqlite3_errmsg(database));
}

/// `bytes` must outlive the database.
Database open_database(std::string& bytes) {
  // "Read with a write-ahead log" would ask for files beside it; rpm has written all back.
  constexpr size_t kVersions = 18;
  for (size_t at = kVersions; at < kVersions + 2 && at < bytes.size(); ++at)
    if (bytes[at] == 2) bytes[at] = 1;
  sqlite3* opened = nullptr;
  const int status = sqlite3_open_v2(":memory:", &opened, SQLITE_OPEN_READWRITE, nullptr);
  Database database(opened, &sqlite3_close);
  require_ok(status, opened);
  for (const int danger : {SQLITE_DBCONFIG_ENABLE_VIEW, SQLITE_DBCONFIG_ENABLE_TRIGGER,
                           SQLITE_DBCONFIG_TRUSTED_SCHEMA})
    require_ok(sqlite3_db_config(opened, danger, 0, nullptr), opened);
  require_ok(sqlite3_db_config(opened, SQLITE_DBCONFIG_DEFENSIVE, 1, nullptr), opened);
  sqlite3_progress_handler(
      opened, kMostSteps, [](void*) { return 1; }, nullptr);
  const auto size = static_cast<sqlite3_int64>(bytes.size());
  require_ok(sqlite3_deserialize(opened, "main", reinterpret_cast<unsigned char*>(bytes.data()),
                                 size, size, SQLITE_DESERIALIZE_READONLY),
             opened);
  return database;
}

void search_header(std::string_view blob, const WantedNames& names, std::vector<OwnedFile>& out) {
  const RpmHeader header(blob);
  const auto package = header.strings(RpmTag::name);
  const auto base_names = header.strings(RpmTag::base_names);
  const auto indexes = header.numbers(RpmTag::dir_indexes);
  const auto folders = header.strings(RpmTag::dir_names);
  if (package.empty()) return;
  for (size_t i = 0; i < base_names.size() && i < indexes.size(); ++i)
    if (indexes[i] < folders.size() && names.contains(base_names[i]))
      out.push_back({std::string(folders[indexes[i]]).append(base_names[i]),
                     std::string(package.front()), "rpm"});
}

void search_database(std::string bytes, const WantedNames& names, std::vector<OwnedFile>& out) {
  const Database database = open_database(bytes);
  sqlite3_stmt* prepared = nullptr;
  require_ok(sqlite3_prepare_v2(database.get(), "SELECT blob FROM Packages ORDER BY hnum", -1,
                                &prepared, nullptr),
             database.get());
  const Query query(prepared, &sqlite3_finalize);
  int status;
  while ((status = sqlite3_step(prepared)) == SQLITE_ROW) {
    const void* blob = sqlite3_column_blob(prepared, 0);
    const auto size = static_cast<size_t>(sqlite3_column_bytes(prepared, 0));
    if (blob) search_header({static_cast<const char*>(blob), size}, names, out);
  }
  if (status != SQLITE_DONE) require_ok(status, database.get());
}

}  // namespace

std::vector<OwnedFile> rpm_files(const FileTree& tree, const WantedNames& names) {
  std::vector<OwnedFile> out;
  for (const char* place : kPlaces) {
    std::string bytes = text_at(tree, place, kLargestDatabase);
    if (bytes.empty()) continue;
    search_database(std::move(bytes), names, out);
    break;  // one is the other's symlink
  }
  return out;
}

}  // namespace pack
