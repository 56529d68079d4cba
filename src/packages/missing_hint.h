#pragma once

#include <string>
#include <vector>

namespace pack {

/// A fact about the root that explains why a library was not found, or says where to get it.
struct MissingHint {
  enum class Kind {
    runpath_not_inherited,  ///< `path` is in a folder of the RUNPATH of `object`, which serves for
                            ///< what `object` itself needs and for nothing else (ld.so(8))
    rpath_void,             ///< `path` is in a folder of the RPATH of `object`, void by its RUNPATH
    rpath_overridden,       ///< likewise, not used because what asks has a RUNPATH
    no_default_folders,     ///< `path` is in a default folder, but `object` has DF_1_NODEFLIB
    cache_stale,            ///< `path` is in a folder of ld.so.conf, and ld.so.cache lacks it
    link_missing,           ///< `path` in a searched folder has this soname, but another file name
    deleted,                ///< `package` is installed and owns `path`, which is not there
    elsewhere,              ///< `path` of `package` would do, but is in no searched folder
    offered,                ///< `package` is not installed; a package index says that it has it
    likely                  ///< `package` is in a package index under the name that policy gives it
  };
  Kind kind = Kind::likely;
  std::string name;       ///< Unresolved::name
  std::string needed_by;  ///< Unresolved::needed_by; empty: whoever needs it
  std::string path;       ///< an absolute route in the root; empty for offered and likely
  std::string package;    ///< as its package manager names it: "libc6:arm64"; may be empty
  std::string object;     ///< route of the object whose rule did not apply; else empty
  /// What reads the package data: "dpkg", "apk" or "rpm"; empty where no package is named.
  std::string manager;
  bool operator==(const MissingHint&) const = default;
};

}  // namespace pack
