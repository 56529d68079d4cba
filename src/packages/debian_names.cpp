// Debian Policy 8.1: a shared library's package is named after its soname, libfoo.so.1 -> libfoo1,
// libfoo2.so.1 -> libfoo2-1 (a digit in front of the version wants a hyphen), libfoo-1.2.so ->
// libfoo-1.2; all in lower case, with '-' for '_'. Ends of names tell of changes of the ABI without
// one of the soname: t64 (64-bit time_t, 2024), v5 and c2a (C++).
// Common departures: libLLVM-14.so.1 is in libllvm14, libpython3.11.so.1.0 in libpython3.11.

#include "packages/debian_names.h"

#include <algorithm>

namespace pack {

namespace {

bool is_digit(char c) { return c >= '0' && c <= '9'; }

std::string normal(std::string_view text) {
  std::string out(text);
  std::transform(out.begin(), out.end(), out.begin(), [](char c) {
    if (c == '_') return '-';
    return c >= 'A' && c <= 'Z' ? static_cast<char>(c - 'A' + 'a') : c;
  });
  return out;
}

/// "libfoo-1.2"
bool ends_with_release(std::string_view stem) {
  const size_t hyphen = stem.rfind('-');
  return hyphen != stem.npos && hyphen + 1 < stem.size() &&
         stem.find_first_not_of("0123456789.", hyphen + 1) == stem.npos;
}

std::vector<std::string> loader_package(std::string_view file) {
  if (file.starts_with("ld-musl-")) return {"musl"};
  if (file.starts_with("ld-linux") || file.starts_with("ld.so.") || file.starts_with("ld64.so."))
    return {"libc6"};
  return {};
}

std::vector<std::string> library_packages(std::string_view soname) {
  const size_t so = soname.find(".so");
  if (so == soname.npos || so == 0) return {};
  const std::string stem = normal(soname.substr(0, so));
  std::string version = normal(soname.substr(so + 3));
  if (!version.empty() && version.front() != '.') return {};
  if (!version.empty()) version.erase(0, 1);
  // Without any version it is the link that compilers use, which a -dev package has.
  if (version.empty() && !ends_with_release(stem)) return {};
  const bool numbered = is_digit(stem.back());

  const std::string by_policy = stem + (numbered && !version.empty() ? "-" : "") + version;
  std::vector<std::string> names;
  for (const char* end : {"", "t64", "v5", "c2a"}) names.push_back(by_policy + end);
  if (numbered && !version.empty()) {
    names.push_back(stem);
    const size_t hyphen = stem.rfind('-');
    if (hyphen != stem.npos && is_digit(stem[hyphen + 1]))
      names.push_back(std::string(stem).erase(hyphen, 1));
  }
  return names;
}

}  // namespace

std::vector<std::string> debian_package_names(std::string_view name) {
  if (name.find('/') != name.npos) return loader_package(name.substr(name.rfind('/') + 1));
  return library_packages(name);
}

}  // namespace pack
