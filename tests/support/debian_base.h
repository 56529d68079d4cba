#pragma once

#include <filesystem>
#include <optional>
#include <string>

namespace pack {

/// A real base: Debian's minimal root filesystem for this machine as a tar, made by mmdebstrap from
/// Debian's archive the first time and kept below ~/.cache/pack-tests. Nothing: no mmdebstrap, no
/// network, or not root.
std::optional<std::filesystem::path> debian_tar(const std::string& release = "bookworm");

/// An image of one layer in the OCI layout `folder`/`name`:base, made by umoci from a tar.
/// `config`: further arguments of `umoci config`. Throws std::runtime_error when umoci fails.
void make_layout(const std::filesystem::path& folder, const std::string& name,
                 const std::filesystem::path& tar, const std::string& config = "");

}  // namespace pack
