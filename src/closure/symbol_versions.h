#pragma once

#include <memory>
#include <string>
#include <unordered_map>
#include <vector>

#include "closure/closure.h"

namespace pack {

/// Its loader knows symbol versions: glibc's does, musl's does not.
bool compares_versions(const Process& process);

/// A symbol version that an object wants of a library that does not define it: the loader ends the
/// program at start.
struct MissingVersion {
  std::string version;  ///< "FOO_2"
  /// Route of the library that should define it; only the name, when nothing was loaded under it.
  std::string file;
  std::string needed_by;  ///< route of the object that wants it
  bool operator==(const MissingVersion&) const = default;
};

/// Which objects got which libraries and found all their versions there: most programs share most
/// of that, so what one process has settled need not be compared for the next.
class SettledVersions {
 public:
  /// The facts of an object, then those of the libraries that it got, in the order of its edges.
  using Bound = std::vector<std::shared_ptr<const ElfFacts>>;
  bool contains(const Bound& bound) const;
  void insert(Bound bound);

 private:
  std::unordered_map<const ElfFacts*, std::vector<Bound>> by_object_;
};

/// Compares what every object of the process wants (DT_VERNEED) with what the library that it got
/// for that name defines (DT_VERDEF), as glibc's loader does before it runs a program
/// (_dl_check_map_versions in elf/dl-version.c): weak wishes, libraries without any versions and
/// libraries that are not found at all are not reported. Each once, in load order. Empty for a
/// process of musl's loader, which does not compare versions.
std::vector<MissingVersion> find_missing_versions(const Process& process, SettledVersions& settled);

/// "/lib/libfoo.so.1: version `FOO_2' not found (required by /usr/bin/x)", as the loader says it.
std::string describe(const MissingVersion& missing);

}  // namespace pack
