// A layout is shared: it may hold other images, and others may read it now. So the order of the
// steps is all: the blobs first, each behind those that it names, then index.json, which is
// replaced in one step and so never names a blob that is not there. Blobs are named by their
// content, so one that is there already is as good as ours.
//
// Two packs that add to one layout would each write the index without the other's entry. So the
// folder is locked (flock(2)) from before index.json is read until the outcome is settled.

#include "transport/layout_folder.h"

#include <fcntl.h>
#include <sys/file.h>
#include <sys/stat.h>
#include <unistd.h>

#include <algorithm>
#include <cerrno>
#include <chrono>
#include <fstream>
#include <iterator>
#include <thread>
#include <utility>

#include "base/error.h"

namespace pack {

namespace {

namespace fs = std::filesystem;

constexpr auto kLockPatience = std::chrono::seconds(30);
constexpr auto kLockPause = std::chrono::milliseconds(10);

std::string shown(const fs::path& path) { return pack::quoted(path.string()); }

std::string read_text(const fs::path& path) {
  std::ifstream in(path, std::ios::binary);
  std::string text{std::istreambuf_iterator<char>(in), {}};
  if (!in.is_open() || in.bad()) throw Error("reading " + shown(path) + " failed; check its mode");
  return text;
}

/// `folder` must be a layout, or be able to become one.
void require_usable(const fs::path& folder) {
  std::error_code error;
  const fs::file_status status = fs::status(folder, error);
  if (!fs::exists(status)) return;
  if (!fs::is_directory(status))
    throw Error(shown(folder) + " is no folder; name another one for the OCI layout");
  if (fs::exists(folder / "oci-layout")) return;
  // A layout that was killed while it began.
  const auto is_blobs = [](const fs::directory_entry& it) {
    return it.path().filename() == "blobs";
  };
  const fs::directory_iterator files(folder, error);
  if (error) throw Error("reading " + shown(folder) + ": " + error.message());
  if (!std::all_of(begin(files), end(files), is_blobs))
    throw Error(shown(folder) + " has files but is no OCI layout; name an empty or a new folder");
}

/// The nearest folder to `folder` that exists, itself or above.
fs::path nearest_existing(fs::path folder) {
  std::error_code ignored;
  folder = fs::absolute(folder);
  while (!fs::is_directory(folder, ignored) && folder.has_relative_path())
    folder = folder.parent_path();
  return folder;
}

/// Waits for another pack that is publishing into the same layout.
Fd lock(const fs::path& folder) {
  Fd fd(::open(folder.c_str(), O_RDONLY | O_DIRECTORY | O_CLOEXEC));
  if (!fd) throw_errno("opening " + shown(folder));
  const auto deadline = std::chrono::steady_clock::now() + kLockPatience;
  while (::flock(fd.get(), LOCK_EX | LOCK_NB) != 0) {
    if (errno != EWOULDBLOCK && errno != EINTR) throw_errno("locking " + shown(folder));
    if (std::chrono::steady_clock::now() > deadline)
      throw Error(shown(folder) + " is locked by another process; try again when that has ended");
    std::this_thread::sleep_for(kLockPause);
  }
  return fd;
}

fs::path usable(const std::string& path) {
  require_usable(path);
  return fs::absolute(path);
}

}  // namespace

LayoutFolder::LayoutFolder(const std::string& path)
    : folder_(usable(path)), staging_(nearest_existing(folder_ / "blobs" / "sha256")) {}

std::string LayoutFolder::path_of(const Descriptor& blob) const {
  return (folder_ / blob_path(blob.digest)).string();
}

bool LayoutFolder::has(const Descriptor& blob) const {
  std::error_code error;
  const std::string path = path_of(blob);
  const uint64_t size = fs::file_size(path, error);
  if (error == std::errc::no_such_file_or_directory || error == std::errc::not_a_directory)
    return false;
  if (error || size != blob.size)
    throw Error(pack::quoted(path) + " is not the blob that its name says; remove it");
  return true;
}

std::unique_ptr<HiddenFile> LayoutFolder::hidden(const std::string& name) const {
  return std::make_unique<HiddenFile>(staging_.string(), (folder_ / name).string());
}

void LayoutFolder::add(const Descriptor& blob, std::unique_ptr<HiddenFile> file) {
  additions_.push_back({blob, std::move(file)});
}

uint64_t LayoutFolder::size() const {
  uint64_t size = 0;
  for (const Addition& addition : additions_) size += addition.blob.size;
  return size;
}

void LayoutFolder::reveal(const std::vector<Descriptor>& entries) {
  try {
    make_folders();
    lock_ = lock(folder_);
    place_layout_file();  // first: who is stopped from here on leaves a layout
    for (Addition& addition : additions_) place(addition);
    place_index(entries);
  } catch (...) {
    undo();
    throw;
  }
}

void LayoutFolder::settle() noexcept {
  index_->settle();
  lock_ = Fd();
}

void LayoutFolder::undo() noexcept {
  if (is_index_revealed_) index_->undo();
  for (; !created_.empty(); created_.pop_back()) ::remove(created_.back().c_str());
  lock_ = Fd();
}

void LayoutFolder::make_folders() {
  std::vector<fs::path> missing;
  std::error_code ignored;
  for (fs::path path = folder_ / "blobs" / "sha256"; !fs::is_directory(path, ignored);
       path = path.parent_path())
    missing.push_back(path);
  for (; !missing.empty(); missing.pop_back()) {
    const std::string path = missing.back().string();
    if (::mkdir(path.c_str(), 0777) == 0)
      created_.push_back(path);
    else if (errno != EEXIST)
      throw_errno("making the folder " + pack::quoted(path));
  }
}

void LayoutFolder::place(Addition& addition) {
  const std::string path = path_of(addition.blob);
  if (addition.file && addition.file->name(path))
    created_.push_back(path);
  else if (!has(addition.blob))
    throw Error("the blob " + pack::quoted(path) +
                " was removed while it was needed; try again when nobody else changes the layout");
}

void LayoutFolder::place_layout_file() {
  const std::string path = (folder_ / "oci-layout").string();
  const std::unique_ptr<HiddenFile> file = hidden("oci-layout");
  file->content().write_at(0, oci_layout_json());
  if (file->name(path)) created_.push_back(path);
}

void LayoutFolder::place_index(const std::vector<Descriptor>& entries) {
  const std::string path = (folder_ / "index.json").string();
  std::string text = fs::exists(path) ? read_text(path) : to_json(Index());
  for (const Descriptor& entry : entries) text = add_to_index(text, entry);
  index_ = std::make_unique<OutputFile>(path);
  index_->content().write_at(0, text);
  index_->reveal();
  is_index_revealed_ = true;
}

}  // namespace pack
