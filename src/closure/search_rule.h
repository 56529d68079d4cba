#pragma once

#include <string>
#include <string_view>

namespace pack {

/// By which of its rules a loader came to a file (ld.so(8), "DESCRIPTION").
enum class SearchRule {
  program,           ///< asked for by the user or by an option
  interpreter,       ///< PT_INTERP
  already_loaded,    ///< same name, soname or file as an object loaded before
  path,              ///< the name has a slash
  rpath,             ///< DT_RPATH of the asking object or of what loaded it
  library_path,      ///< LD_LIBRARY_PATH or --library-path
  runpath,           ///< DT_RUNPATH of the asking object
  ld_so_cache,       ///< /etc/ld.so.cache
  ld_so_conf,        ///< /etc/ld.so.conf of a root without a cache (pack writes the image's cache)
  musl_path,         ///< /etc/ld-musl-ARCH.path, or as its loader's own path has it
  default_directory  ///< compiled into the loader
};

/// As reports show it: "RUNPATH", "ld.so.cache", ...
std::string_view describe(SearchRule rule);

/// One place that a loader looked at, and what it found there.
struct Searched {
  std::string path;
  SearchRule rule;
  std::string verdict;  ///< "no such file", "wrong machine (AArch64)", ...
  std::string owner;    ///< of an RPATH that may be inherited: the object that has it; else empty
};

}  // namespace pack
