#pragma once

#include <filesystem>
#include <string>
#include <vector>

namespace pack {

/// An image archive with one image, taken apart by tar; the texts are JSON.
struct ImageArchive {
  std::filesystem::path folder;      ///< the archive's files
  std::vector<std::string> members;  ///< in the archive's order
  std::string manifest_json;         ///< Docker's manifest.json
  std::string index;                 ///< index.json
  std::string manifest;              ///< the OCI manifest that it names
  std::string config;
  std::filesystem::path layer;  ///< the layer's tar
};

/// Unpacks `file` into `folder`. Throws std::runtime_error when a blob is not what its name says
/// (sha256sum tells) or a part is missing.
ImageArchive open_archive(const std::filesystem::path& file, const std::filesystem::path& folder);

/// `tar -tv` lines of a tar file, numeric owners, times to the second in UTC.
std::vector<std::string> tar_lines(const std::filesystem::path& file);

/// `sha256sum` of a file, 64 hex digits.
std::string sha256_of(const std::filesystem::path& file);

}  // namespace pack
