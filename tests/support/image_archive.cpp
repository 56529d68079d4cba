#include "support/image_archive.h"

#include <nlohmann/json.hpp>
#include <sstream>
#include <stdexcept>

#include "support/process.h"
#include "support/temp_dir.h"

namespace pack {
namespace fs = std::filesystem;
namespace {

std::string output_of(const std::vector<std::string>& argv) {
  const Outcome outcome = run({.argv = argv, .environment = {{"TZ", "UTC"}, {"LC_ALL", "C"}}});
  if (outcome.status != 0) throw std::runtime_error(argv[0] + ": " + outcome.err);
  return outcome.out;
}

std::vector<std::string> lines_of(const std::string& text) {
  std::vector<std::string> lines;
  std::istringstream stream(text);
  for (std::string line; std::getline(stream, line);) lines.push_back(line);
  return lines;
}

std::string blob(const fs::path& folder, const nlohmann::json& descriptor) {
  const std::string digest = descriptor.at("digest").get<std::string>();
  return read_file(folder / "blobs/sha256" / digest.substr(digest.find(':') + 1));
}

void check_names(const fs::path& folder) {
  for (const fs::directory_entry& entry : fs::directory_iterator(folder / "blobs/sha256"))
    if (sha256_of(entry.path()) != entry.path().filename().string())
      throw std::runtime_error("blob " + entry.path().string() + " is not what its name says");
}

}  // namespace

ImageArchive open_archive(const fs::path& file, const fs::path& folder) {
  fs::create_directories(folder);
  ImageArchive image;
  image.folder = folder;
  image.members = lines_of(output_of({"tar", "-tf", file.string()}));
  output_of({"tar", "-xf", file.string(), "-C", folder.string()});
  check_names(folder);
  image.manifest_json = read_file(folder / "manifest.json");
  image.index = read_file(folder / "index.json");
  image.manifest = blob(folder, nlohmann::json::parse(image.index).at("manifests").at(0));
  const nlohmann::json manifest = nlohmann::json::parse(image.manifest);
  image.config = blob(folder, manifest.at("config"));
  const std::string layer = manifest.at("layers").at(0).at("digest").get<std::string>();
  image.layer = folder / "blobs/sha256" / layer.substr(layer.find(':') + 1);
  return image;
}

std::vector<std::string> tar_lines(const fs::path& file) {
  return lines_of(output_of({"tar", "-tv", "--full-time", "--numeric-owner", "-f", file.string()}));
}

std::string sha256_of(const fs::path& file) {
  return output_of({"sha256sum", "--", file.string()}).substr(0, 64);
}

}  // namespace pack
