// Packages that apk knows of: APKINDEX.HASH.tar.gz files, which hold a member APKINDEX of stanzas
// like those of the installed database. "p:" lists what a package provides, a library as
// "so:libfoo.so.1=1.2.3", and "A:" its machine.

#include <algorithm>

#include "archive/decompress.h"
#include "packages/architecture.h"
#include "packages/package_index.h"
#include "packages/package_text.h"

namespace pack {

namespace {

constexpr uint64_t kLargestIndex = 256 << 20;

/// What an index calls a library. A loader is provided by its file name.
std::string provided_name(const WantedLibrary& library) {
  return "so:" + library.name.substr(library.name.rfind('/') + 1);
}

class IndexSink : public StanzaSink {
 public:
  IndexSink(const std::vector<WantedLibrary>& libraries, std::vector<OfferedPackage>& out)
      : libraries_(libraries), out_(out) {}

 private:
  void take(std::string_view stanza) override {
    const std::string_view package = field_of(stanza, "P:");
    const std::string_view architecture = field_of(stanza, "A:");
    std::string_view provided = field_of(stanza, "p:");
    while (!provided.empty()) {
      const size_t end = provided.find(' ');
      const std::string_view one = provided.substr(0, end);
      provided.remove_prefix(end == provided.npos ? provided.size() : end + 1);
      add(one.substr(0, one.find('=')), package, architecture);
    }
  }

  void add(std::string_view provided, std::string_view package, std::string_view architecture) {
    if (!provided.starts_with("so:")) return;
    for (const WantedLibrary& library : libraries_) {
      if (provided_name(library) != provided ||
          architecture_names(*library.asker).alpine != architecture)
        continue;
      const OfferedPackage offer{library.name, std::string(package), "apk",
                                 OfferedPackage::Certainty::listed};
      if (std::find(out_.begin(), out_.end(), offer) == out_.end()) out_.push_back(offer);
    }
  }

  const std::vector<WantedLibrary>& libraries_;
  std::vector<OfferedPackage>& out_;
};

std::string read_index(const FileTree& tree, const ImagePath& path) {
  const auto index = tree.open(path);
  try {
    return read_tar_member(bytes_of(*index), "APKINDEX", kLargestIndex).value_or("");
  } catch (const Error&) {
    return {};  // damaged: it tells no more than one that is not there
  }
}

}  // namespace

std::vector<OfferedPackage> apk_offers(const FileTree& tree,
                                       const std::vector<WantedLibrary>& libraries) {
  std::vector<OfferedPackage> out;
  for (const char* folder : {"/var/cache/apk", "/etc/apk/cache"}) {
    const Walk place = walk(tree, folder);
    for (const std::string& name : names_in(tree, folder)) {
      if (!name.starts_with("APKINDEX.") || !name.ends_with(".tar.gz")) continue;
      const ImagePath path = place.real.child(name);
      const auto status = tree.status(path);
      if (!status || status->kind != FileKind::regular) continue;
      IndexSink sink(libraries, out);
      sink.write(read_index(tree, path));
      sink.finish();
    }
  }
  return out;
}

}  // namespace pack
