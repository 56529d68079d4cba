#pragma once

#include <filesystem>
#include <string>
#include <vector>

namespace pack {

/// The loader of Debian's package musl-tools.
inline constexpr const char* kMuslLoader = "/lib/ld-musl-x86_64.so.1";

/// What makes gcc link against it, as musl-gcc does (its last options).
inline const std::string kMuslFlags = " -specs /usr/lib/x86_64-linux-musl/musl-gcc.specs ";

/// The oracle for musl: what `LOADER --list` says that it loads for a program, without starting it:
/// each file once, in the loader's order and spelled as the loader opens it, the program itself
/// left out, the loader where it is first asked for; then "!NAME" for each name that it misses.
/// Started so, the loader takes $ORIGIN from the path that it is given, which is made the real one.
std::vector<std::string> listed_by_musl(const std::filesystem::path& loader,
                                        const std::filesystem::path& program,
                                        const std::string& library_path = "");

}  // namespace pack

/// Leaves the test where there is no musl for this machine.
#define PACK_REQUIRE_MUSL()                                                              \
  PACK_REQUIRE(std::filesystem::exists(::pack::kMuslLoader) &&                           \
                   std::filesystem::exists("/usr/lib/x86_64-linux-musl/musl-gcc.specs"), \
               "musl-tools for amd64")
