// Any text may stand where package managers keep theirs: what is read of it was in it, and stanzas
// do not depend on the pieces that they come in.

#include "archive/tar.h"
#include "packages/package_files.h"
#include "packages/package_index.h"
#include "packages/package_text.h"
#include "source/memory_tree.h"

namespace {

/// Keeps the stanzas, to compare them.
class Stanzas : public pack::StanzaSink {
 public:
  using StanzaSink::StanzaSink;
  std::vector<std::string> all;

 private:
  void take(std::string_view stanza) override { all.emplace_back(stanza); }
};

std::vector<std::string> stanzas_of(std::string_view text, size_t piece, std::string_view end) {
  Stanzas sink(end);
  for (; !text.empty(); text.remove_prefix(std::min(piece, text.size())))
    sink.write(text.substr(0, piece));
  sink.finish();
  return std::move(sink.all);
}

void check_pieces(std::string_view text) {
  for (const std::string_view end : {pack::kEmptyLine, std::string_view("\n")}) {
    const std::vector<std::string> whole = stanzas_of(text, text.size() + 1, end);
    for (const size_t piece : {1, 2, 3, 7})
      if (stanzas_of(text, piece, end) != whole) __builtin_trap();
    for (const std::string& stanza : whole)
      if (text.find(stanza) == text.npos || stanza.find(end) != stanza.npos) __builtin_trap();
  }
}

/// The index of a repository, as apk has it in its cache.
std::string index_of(const std::string& text) {
  pack::TarEntry entry;
  entry.path = "APKINDEX";
  entry.mode = 0644;
  entry.size = text.size();
  return pack::tar_header(entry) + text +
         std::string(pack::tar_zeroes(pack::tar_padding(text.size()))) +
         std::string(pack::tar_zeroes(pack::kTarTrailer));
}

pack::MemoryTree tree_of(const std::string& text) {
  using pack::file;
  return {{"/var/lib/dpkg/status", file(text)},
          {"/var/lib/dpkg/info/a:amd64.list", file(text)},
          {"/var/lib/dpkg/status.d/b.md5sums", file(text)},
          {"/var/lib/apt/lists/h_main_binary-amd64_Packages", file(text)},
          {"/var/lib/apt/lists/h_main_Contents-amd64", file(text)},
          {"/lib/apk/db/installed", file(text)},
          {"/var/cache/apk/APKINDEX.0.tar.gz", file(index_of(text))},
          {"/etc/apk/cache/APKINDEX.1.tar.gz", file(text)}};
}

void check_owned(const std::vector<pack::OwnedFile>& files, const pack::WantedNames& names) {
  for (const pack::OwnedFile& file : files)
    if (!names.contains(file.path.substr(file.path.rfind('/') + 1))) __builtin_trap();
}

void check_offers(const std::vector<pack::OfferedPackage>& offers, std::string_view library) {
  for (const pack::OfferedPackage& offer : offers)
    if (offer.library != library && offer.library != "libfoo.so.1") __builtin_trap();
}

}  // namespace

/// The first line is the library to look for, too.
extern "C" int LLVMFuzzerTestOneInput(const uint8_t* data, size_t size) {
  const std::string text(reinterpret_cast<const char*>(data), size);
  check_pieces(text);
  const std::string library = text.substr(0, text.find('\n'));
  const pack::WantedNames names = {library.substr(library.rfind('/') + 1), "libfoo.so.1"};
  auto asker = std::make_shared<pack::ElfFacts>();
  asker->machine.number = 62;  // EM_X86_64
  const std::vector<pack::WantedLibrary> libraries = {{library, asker}, {"libfoo.so.1", asker}};
  const pack::MemoryTree tree = tree_of(text);
  check_owned(pack::dpkg_files(tree, names), names);
  check_owned(pack::apk_files(tree, names), names);
  check_offers(pack::apt_offers(tree, libraries), library);
  check_offers(pack::apk_offers(tree, libraries), library);
  return 0;
}
