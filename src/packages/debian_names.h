#pragma once

#include <string>
#include <string_view>
#include <vector>

namespace pack {

/// How Debian may have named the package of a library (a soname) or of a loader (the path in
/// PT_INTERP), likeliest first; none for anything else.
/// They are guesses: whether such a package exists, its index tells.
std::vector<std::string> debian_package_names(std::string_view name);

}  // namespace pack
