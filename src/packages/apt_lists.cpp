// Packages that apt knows of but dpkg has not installed.
//
// /var/lib/apt/lists has one file for each list that "apt update" fetched, named after its address:
// ..._binary-arm64_Packages are stanzas of all packages for a machine, which do not say what files
// are in them; ..._Contents-arm64, there when apt-file is installed, are lines "PATH SECTION/NAME".
// Either may end in .gz, .xz, .zst or .lz4 (apt.conf(5), Acquire::GzipIndexes).
//
// Without contents, the package's name has to do: Debian's policy says how a library's package is
// called, and a package of just that name in the list for the right machine is likely the one.

#include <algorithm>
#include <map>
#include <set>

#include "archive/decompress.h"
#include "packages/architecture.h"
#include "packages/debian_names.h"
#include "packages/package_index.h"
#include "packages/package_text.h"

namespace pack {

namespace {

constexpr const char* kLists = "/var/lib/apt/lists";
constexpr uint64_t kLargestStatus = 64 << 20;
constexpr uint64_t kLargestList = uint64_t{4} << 30;  // all of Debian's contents: 0.5 GiB

/// What dpkg says of itself: (name, architecture) of what is installed.
struct Installed {
  std::set<std::pair<std::string, std::string>, std::less<>> packages;
  std::string architecture;  ///< that of dpkg, whose packages are named without it
};

class StatusSink : public StanzaSink {
 public:
  explicit StatusSink(Installed& out) : out_(out) {}

 private:
  void take(std::string_view stanza) override {
    if (!field_of(stanza, "Status: ").ends_with(" installed")) return;
    std::string name(field_of(stanza, "Package: "));
    std::string architecture(field_of(stanza, "Architecture: "));
    if (name == "dpkg") out_.architecture = architecture;
    out_.packages.emplace(std::move(name), std::move(architecture));
  }

  Installed& out_;
};

Installed read_installed(const FileTree& tree) {
  Installed out;
  StatusSink sink(out);
  sink.write(text_at(tree, "/var/lib/dpkg/status", kLargestStatus));
  sink.finish();
  return out;
}

/// What is known so far of one library's package.
struct Found {
  size_t rank = ~size_t{0};  ///< smaller is better
  OfferedPackage offer;
};

/// Collects the best offer for each library.
class Offers {
 public:
  Offers(const std::vector<WantedLibrary>& libraries, Installed installed)
      : installed_(std::move(installed)) {
    for (const WantedLibrary& library : libraries)
      wanted_.push_back({library.name, architecture_names(*library.asker).debian, {}});
  }

  struct Wanted {
    std::string name;
    std::string architecture;
    Found found;
  };
  std::vector<Wanted>& wanted() { return wanted_; }

  bool wants(std::string_view architecture) const {
    return std::any_of(wanted_.begin(), wanted_.end(),
                       [&](const Wanted& it) { return it.architecture == architecture; });
  }

  void add(Wanted& wanted, std::string_view package, OfferedPackage::Certainty certainty,
           size_t rank) {
    if (rank >= wanted.found.rank ||
        installed_.packages.contains(std::pair(std::string(package), wanted.architecture)))
      return;
    std::string shown(package);
    if (wanted.architecture != installed_.architecture && !installed_.architecture.empty())
      shown += ':' + wanted.architecture;
    wanted.found = {rank, {wanted.name, std::move(shown), "dpkg", certainty}};
  }

 private:
  Installed installed_;
  std::vector<Wanted> wanted_;
};

/// Of a ..._Packages file.
class PackagesSink : public StanzaSink {
 public:
  explicit PackagesSink(Offers& offers) : offers_(offers) {
    for (Offers::Wanted& wanted : offers.wanted()) {
      size_t rank = kNamed;
      for (std::string& name : debian_package_names(wanted.name))
        names_[std::move(name)].push_back({&wanted, rank++});
    }
  }

 private:
  static constexpr size_t kNamed = 1'000'000;  // behind all that contents tell
  struct Guess {
    Offers::Wanted* wanted;
    size_t rank;
  };

  void take(std::string_view stanza) override {
    const auto guesses = names_.find(field_of(stanza, "Package: "));
    if (guesses == names_.end()) return;
    const std::string_view architecture = field_of(stanza, "Architecture: ");
    for (const Guess& guess : guesses->second)
      if (guess.wanted->architecture == architecture)
        offers_.add(*guess.wanted, guesses->first, OfferedPackage::Certainty::named, guess.rank);
  }

  Offers& offers_;
  std::map<std::string, std::vector<Guess>, std::less<>> names_;
};

/// Of a ..._Contents-ARCHITECTURE file.
class ContentsSink : public StanzaSink {
 public:
  ContentsSink(Offers& offers, std::string_view architecture) : StanzaSink("\n"), offers_(offers) {
    for (Offers::Wanted& wanted : offers.wanted())
      if (wanted.architecture == architecture)
        names_.emplace(wanted.name.substr(wanted.name.rfind('/') + 1), &wanted);
  }

 private:
  void take(std::string_view line) override {
    const size_t end = line.find_last_of(" \t");
    if (end == line.npos) return;
    const std::string_view path = line.substr(0, line.find_last_not_of(" \t", end) + 1);
    const auto wanted = names_.find(path.substr(path.rfind('/') + 1));
    if (wanted == names_.end() || path.starts_with("usr/lib/debug/")) return;
    // SECTION/NAME,SECTION/NAME: any of them has it.
    std::string_view package = line.substr(end + 1);
    package = package.substr(0, package.find(','));
    // The flatter the path, the likelier is it a folder that loaders look into.
    offers_.add(*wanted->second, package.substr(package.rfind('/') + 1),
                OfferedPackage::Certainty::listed,
                static_cast<size_t>(std::count(path.begin(), path.end(), '/')));
  }

  Offers& offers_;
  std::map<std::string, Offers::Wanted*, std::less<>> names_;
};

/// "arm64" of "..._binary-arm64_Packages.lz4" with `before` "_binary-" and `behind` "_Packages".
std::string_view between(std::string_view text, std::string_view before, std::string_view behind) {
  const size_t begin = text.rfind(before);
  if (begin == text.npos) return {};
  text.remove_prefix(begin + before.size());
  return text.substr(0, text.find(behind));
}

void read_list(const FileTree& tree, const ImagePath& path, StanzaSink& sink) {
  const auto status = tree.status(path);
  if (!status || status->kind != FileKind::regular) return;
  const auto list = tree.open(path);
  try {
    decompress(bytes_of(*list), sink, kLargestList);
    sink.finish();
  } catch (const Error&) {
    // A list that is damaged tells no more than one that is not there.
  }
}

}  // namespace

std::vector<OfferedPackage> apt_offers(const FileTree& tree,
                                       const std::vector<WantedLibrary>& libraries) {
  const std::vector<std::string> lists = names_in(tree, kLists);
  if (lists.empty()) return {};
  const ImagePath folder = walk(tree, kLists).real;
  Offers offers(libraries, read_installed(tree));
  for (const std::string& name : lists) {
    const std::string_view of_packages = between(name, "_binary-", "_Packages");
    const std::string_view of_contents = between(name, "_Contents-", ".");
    if (offers.wants(of_packages)) {
      PackagesSink sink(offers);
      read_list(tree, folder.child(name), sink);
    } else if (offers.wants(of_contents)) {
      ContentsSink sink(offers, of_contents);
      read_list(tree, folder.child(name), sink);
    }
  }
  std::vector<OfferedPackage> out;
  for (Offers::Wanted& wanted : offers.wanted())
    if (!wanted.found.offer.package.empty()) out.push_back(std::move(wanted.found.offer));
  return out;
}

}  // namespace pack
