#include "closure/search_rule.h"

namespace pack {

std::string_view describe(SearchRule rule) {
  switch (rule) {
    case SearchRule::program:
      return "named";
    case SearchRule::interpreter:
      return "PT_INTERP";
    case SearchRule::already_loaded:
      return "already loaded";
    case SearchRule::path:
      return "its path";
    case SearchRule::rpath:
      return "RPATH";
    case SearchRule::library_path:
      return "LD_LIBRARY_PATH";
    case SearchRule::runpath:
      return "RUNPATH";
    case SearchRule::ld_so_cache:
      return "ld.so.cache";
    case SearchRule::ld_so_conf:
      return "ld.so.conf";
    case SearchRule::musl_path:
      return "ld-musl path";
    case SearchRule::default_directory:
      return "default directory";
  }
  return "";
}

}  // namespace pack
