#pragma once

#include <filesystem>
#include <string>

namespace pack {

/// `gcc -o OUTPUT` of C text with the given flags (separated by blanks; no shell reads them, so
/// `$ORIGIN` is written as it is). Paths are relative to `folder`, where gcc runs.
/// Throws std::runtime_error with gcc's messages when it fails.
void compile(const std::filesystem::path& folder, const std::string& output,
             const std::string& source, const std::string& flags = "");

}  // namespace pack
