// Where musl's loader looks for a name (load_library() and path_open() in ldso/dynlink.c, 1.2.x):
//
//   a name with '/'  is a path as it is: $ORIGIN means nothing there;
//   otherwise        1. LD_LIBRARY_PATH;
//                    2. the RUNPATH, or else the RPATH, of the object that asks, of the object that
//                       loaded that one, and so on up to the program;
//                    3. the folders of /etc/ld-musl-ARCH.path, or, without that file,
//                       /lib:/usr/local/lib:/usr/lib.
//
// The first file of that name that can be opened is the one, whatever is in it: unlike glibc's, the
// loader does not go on behind another machine's library, a text or a folder, but fails. It goes on
// where open(2) says that there is no such file, that a part of the path is no folder, or that
// access is denied; any other error, such as too many symlinks, ends the search.

#include "closure/musl_search.h"

namespace pack {

namespace {

constexpr size_t kLongestName = 255;   // NAME_MAX
constexpr size_t kLongestRoute = 511;  // of a search; what follows is passed over

/// Why the loader could not map a file that it has opened; empty: it can. `reading` is of a regular
/// file.
std::string why_unfit(const Walk& file, const ElfReading* reading, const ElfMachine& machine) {
  if (!reading) return file.status.kind == FileKind::directory ? "a folder" : "not a regular file";
  if (!reading->facts) return reading->why_not;
  const ElfFacts& facts = *reading->facts;
  if (facts.machine != machine) return "another machine's: " + describe(facts.machine);
  // A program is mapped, too, even one for fixed addresses when those are free.
  if (facts.type != ElfType::shared && facts.type != ElfType::executable)
    return "an ELF file, but no shared library";
  if (!facts.dynamic) return "a shared library without a dynamic section";
  return {};
}

}  // namespace

SearchOutcome MuslSearch::search(const std::string& name,
                                 std::span<const SearchFolders* const> places) && {
  run(name, places);
  if (!outcome_.found && !notes_) {
    // Most searches end well, and what they tried is of no interest. This one is to be explained.
    outcome_ = {};
    notes_ = true;
    run(name, places);
  }
  return std::move(outcome_);
}

void MuslSearch::run(const std::string& name, std::span<const SearchFolders* const> places) {
  if (name.empty()) {
    outcome_.broken = "an empty name, which the loader refuses";
  } else if (name.find('/') != name.npos) {
    attempt(name, {.rule = SearchRule::path});
  } else if (name.size() > kLongestName) {
    outcome_.broken = "a name of more than 255 bytes, which the loader refuses";
  } else {
    for (const SearchFolders* place : places)
      for (const std::string& folder : place->folders)
        if (attempt(folder + '/' + name, *place)) return;
  }
}

bool MuslSearch::attempt(const std::string& route, const SearchFolders& place) {
  if (!route.starts_with('/')) {
    note(route, place, "relative to the working directory, which an image does not fix");
    return false;
  }
  if (route.size() > kLongestRoute && place.rule != SearchRule::path) {
    note(route, place, "more than 511 bytes, which musl's loader passes over");
    return false;
  }
  const std::shared_ptr<const Walk> file = std::make_shared<const Walk>(walk(root_.tree(), route));
  if (!file->found()) {
    note(route, place, describe(file->end));
    if (file->end != WalkEnd::link_loop) return false;
    outcome_.broken = quoted(route) + ": " + std::string(describe(file->end));
    return true;
  }
  const ElfReading* reading = file->found(FileKind::regular)
                                  ? &root_.elves().read(root_.tree(), file->real, file->status.id)
                                  : nullptr;
  const bool denied = reading && reading->access_denied;
  const std::string unfit = why_unfit(*file, reading, machine_);
  if (unfit.empty()) {
    outcome_.found = {route, place.rule, {}, file, reading->facts};
    return true;
  }
  note(route, place, unfit);
  if (!denied) outcome_.broken = quoted(route) + ": " + unfit;
  return !denied;
}

void MuslSearch::note(const std::string& route, const SearchFolders& place,
                      std::string_view verdict) {
  if (notes_) outcome_.searched.push_back({route, place.rule, std::string(verdict), place.owner});
}

}  // namespace pack
