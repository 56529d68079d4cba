// Which installed package owns a file, by apk's data: /lib/apk/db/installed (apk 2; apk 3 has it in
// /usr/lib/apk/db, too). A package is a stanza of lines "X:value": P: is its name, F: a folder
// without leading '/', and each R: behind it a file in that folder.
// (Alpine wiki, "Apk spec": installed database V2)

#include "packages/package_files.h"
#include "packages/package_text.h"

namespace pack {

namespace {

constexpr uint64_t kLargestDatabase = 256 << 20;

class InstalledSink : public StanzaSink {
 public:
  InstalledSink(const WantedNames& names, std::vector<OwnedFile>& out) : names_(names), out_(out) {}

 private:
  void take(std::string_view stanza) override {
    const std::string_view package = field_of(stanza, "P:");
    std::string_view folder;
    while (!stanza.empty()) {
      const std::string_view line = take_line(stanza);
      if (line.starts_with("F:")) folder = line.substr(2);
      if (!line.starts_with("R:") || !names_.contains(line.substr(2))) continue;
      std::string path = "/";
      if (!folder.empty()) path.append(folder) += '/';
      out_.push_back({path.append(line.substr(2)), std::string(package), "apk"});
    }
  }

  const WantedNames& names_;
  std::vector<OwnedFile>& out_;
};

}  // namespace

std::vector<OwnedFile> apk_files(const FileTree& tree, const WantedNames& names) {
  std::vector<OwnedFile> out;
  for (const char* path : {"/lib/apk/db/installed", "/usr/lib/apk/db/installed"}) {
    InstalledSink sink(names, out);
    sink.write(text_at(tree, path, kLargestDatabase));
    sink.finish();
    if (!out.empty()) break;  // with a merged /usr both are one file
  }
  return out;
}

}  // namespace pack
