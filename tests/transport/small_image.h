#pragma once

#include <algorithm>
#include <filesystem>
#include <fstream>
#include <iterator>
#include <sstream>
#include <string>
#include <vector>

#include "base/error.h"
#include "source/memory_tree.h"
#include "support/shell.h"
#include "transport/output.h"

namespace pack::test {

/// A plan of a few entries of every kind, and everything to write it somewhere.
class SmallImage {
 public:
  SmallImage() {
    folder("/usr", 0755);
    folder("/usr/share", 0555);
    folder("/tmp", 01777);
    file("/usr/hello", "hello\n", 04755);
    file("/usr/share/text", std::string(3'000'000, 't'), 0444);
    Entry link;
    link.kind = EntryKind::symlink;
    link.mode = 0777;
    link.target = "usr/hello";
    rootfs.entries[ImagePath("/hello")] = link;
    names("basic:v1");
  }

  void folder(const std::string& path, uint32_t mode) {
    rootfs.entries[ImagePath(path)].mode = mode;
  }

  Entry& file(const std::string& path, const std::string& content, uint32_t mode) {
    Entry& entry = rootfs.entries[ImagePath(path)];
    entry.kind = EntryKind::file;
    entry.content = content;
    entry.mode = mode;
    return entry;
  }

  /// References, separated by blanks.
  void names(const std::string& text) {
    std::istringstream words(text);
    references.clear();
    for (std::string word; words >> word;) references.push_back(parse_reference(word));
  }

  std::vector<Receipt> write(const std::vector<std::string>& destinations) const {
    std::vector<DestinationSpec> specs;
    for (const std::string& text : destinations) specs.push_back(parse_destination(text));
    ImageDraft draft{.config = {},
                     .references = references,
                     .annotations = {},
                     .layer_size = layer_size(rootfs, 0)};
    draft.config.created = "1970-01-01T00:00:00Z";
    draft.config.platform = {"linux", "amd64", ""};
    draft.config.entrypoint = {"/hello"};
    Output output = open_output(specs, draft, Access{});
    const Layer layer = write_layer(rootfs, MemoryTree{}, 0, output.sinks());
    return output.commit(make_image(draft, layer));
  }

  /// The text of the error, "none" without one.
  std::string failure(const std::vector<std::string>& destinations) const {
    try {
      write(destinations);
    } catch (const Error& error) {
      return error.what();
    }
    return "none";
  }

  Rootfs rootfs;
  std::vector<Reference> references;
};

inline std::string text_of(const std::filesystem::path& path) {
  std::ifstream in(path, std::ios::binary);
  return {std::istreambuf_iterator<char>(in), {}};
}

/// All names in a folder, hidden ones too.
inline std::vector<std::string> names_in(const std::filesystem::path& folder) {
  std::vector<std::string> out;
  for (const auto& entry : std::filesystem::directory_iterator(folder))
    out.push_back(entry.path().filename().string());
  std::sort(out.begin(), out.end());
  return out;
}

inline bool contains(const std::string& text, const std::string& part) {
  return text.find(part) != std::string::npos;
}

}  // namespace pack::test
