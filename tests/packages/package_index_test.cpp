// Packages that could be installed. The oracle for names is this machine: the packages that dpkg
// has installed, offered as if they were not, must be found for just the libraries that they own.

#include "packages/package_index.h"

#include <gtest/gtest.h>

#include <map>
#include <set>
#include <sstream>

#include "packages/debian_names.h"
#include "source/disk_tree.h"
#include "source/memory_tree.h"
#include "support/shell.h"

namespace pack::test {
namespace {

constexpr const char* kList =
    "/var/lib/apt/lists/deb.debian.org_debian_dists_x_main_binary-amd64_Packages";

ElfFacts facts_of(uint16_t machine) {
  ElfFacts facts;
  facts.machine.number = machine;
  return facts;
}

const ElfFacts kAmd64 = facts_of(62);
const ElfFacts kArm64 = facts_of(183);

/// "PACKAGE", "PACKAGE?" when only its name speaks for it; "" for none.
std::string offer_for(const FileTree& tree, const std::string& library,
                      const ElfFacts& asker = kAmd64) {
  std::string out;
  for (const auto read : {apt_offers, apk_offers})
    for (const OfferedPackage& offer :
         read(tree, {{library, std::make_shared<const ElfFacts>(asker)}})) {
      EXPECT_EQ(offer.library, library);
      out += offer.package + (offer.certainty == OfferedPackage::Certainty::named ? "?" : "");
    }
  return out;
}

std::string stanza(const std::string& package, const std::string& architecture = "amd64",
                   const std::string& more = "") {
  return "Package: " + package + "\nArchitecture: " + architecture + "\nVersion: 1\n" + more + "\n";
}

TEST(AptOffers, ArePackagesWithTheNameThatPolicyGives) {
  const MemoryTree tree{
      {kList,
       file(stanza("libfoo1") + stanza("libx11-6") + stanza("libfoo-1.2-3") + stanza("libllvm14") +
            stanza("libnew2t64") + stanza("libgcc-s1") + stanza("libpython3.11") + stanza("libc6") +
            stanza("libfoo-2.0") + stanza("libxml2"))}};
  const std::map<std::string, std::string> expected = {{"libfoo.so.1", "libfoo1?"},
                                                       {"libX11.so.6", "libx11-6?"},
                                                       {"libfoo-1.2.so.3", "libfoo-1.2-3?"},
                                                       {"libLLVM-14.so.1", "libllvm14?"},
                                                       {"libnew.so.2", "libnew2t64?"},
                                                       {"libgcc_s.so.1", "libgcc-s1?"},
                                                       {"libpython3.11.so.1.0", "libpython3.11?"},
                                                       {"/lib64/ld-linux-x86-64.so.2", "libc6?"},
                                                       {"libfoo-2.0.so", "libfoo-2.0?"},
                                                       {"libxml2.so", ""},
                                                       {"libfoo.so.2", ""},
                                                       {"libx11.so.7", ""},
                                                       {"libfoo.so", ""},
                                                       {"/opt/libfoo.so.1", ""},
                                                       {".so", ""}};
  for (const auto& [library, package] : expected) EXPECT_EQ(offer_for(tree, library), package);
}

TEST(AptOffers, AreForTheRightMachine) {
  MemoryTree tree{{kList, file(stanza("libfoo1"))},
                  {"/var/lib/dpkg/status",
                   file("Package: dpkg\nStatus: install ok installed\nArchitecture: amd64\n")}};
  EXPECT_EQ(offer_for(tree, "libfoo.so.1", kArm64), "");
  tree.put("/var/lib/apt/lists/host_binary-arm64_Packages", file(stanza("libfoo1", "arm64")));
  EXPECT_EQ(offer_for(tree, "libfoo.so.1", kArm64), "libfoo1:arm64?");
  EXPECT_EQ(offer_for(tree, "libfoo.so.1"), "libfoo1?");
}

TEST(AptOffers, AreNotWhatIsInstalled) {
  MemoryTree tree{
      {kList, file(stanza("libfoo1"))},
      {"/var/lib/dpkg/status", file(stanza("libfoo1", "amd64", "Status: install ok installed\n"))}};
  EXPECT_EQ(offer_for(tree, "libfoo.so.1"), "");
  tree.put("/var/lib/dpkg/status",
           file(stanza("libfoo1", "amd64", "Status: deinstall ok config-files\n")));
  EXPECT_EQ(offer_for(tree, "libfoo.so.1"), "libfoo1?");
}

TEST(AptOffers, ContentsTellForCertain) {
  const MemoryTree tree{
      {kList, file(stanza("libfoo1"))},
      {"/var/lib/apt/lists/host_dists_x_main_Contents-amd64",
       file("usr/lib/debug/x/libfoo.so.1  debug/libfoo1-dbg\n"
            "usr/lib/samba/private/libfoo.so.1\t net/samba\n"
            "usr/lib/x86_64-linux-gnu/libfoo.so.1    libs/foo-runtime,libs/other\n"
            "usr/lib/x86_64-linux-gnu/libfoo.so.1.2    libs/wrong\n")}};
  EXPECT_EQ(offer_for(tree, "libfoo.so.1"), "foo-runtime");
}

TEST(AptOffers, AListMayBeCompressedOrDamaged) {
  TemporaryFolder folder;
  const std::string list = folder.str() + kList;
  std::string text;
  for (int i = 0; i < 20'000; ++i) text += stanza("package" + std::to_string(i));
  for (const char* tool : {"gzip", "xz", "zstd", "lz4"}) {
    PACK_REQUIRE_TOOL(tool);
    write_file(list, text + stanza("libfoo1"));
    ASSERT_EQ(run(std::string(tool) + " -c " + list + " > " + list + "." + tool + " && rm " + list)
                  .status,
              0);
    EXPECT_EQ(offer_for(*open_disk_tree(folder.str()), "libfoo.so.1"), "libfoo1?") << tool;
    write_file(list + "." + tool, read_file(list + "." + tool).substr(0, 1000));
    EXPECT_EQ(offer_for(*open_disk_tree(folder.str()), "libfoo.so.1"), "") << tool;
    std::filesystem::remove(list + "." + tool);
  }
}

/// Who owns this machine's libraries, by name, as dpkg tells.
std::map<std::string, std::set<std::string>> library_owners() {
  std::map<std::string, std::set<std::string>> out;
  // With a merged /usr, ldconfig says /lib for what a package may have in /usr/lib.
  const std::string both = "s,.* => \\(/usr\\)\\?\\(/.*\\),\\2 /usr\\2,p";
  std::istringstream lines(
      run("ldconfig -p | sed -n '" + both + "' | xargs dpkg -S 2>/dev/null").output);
  for (std::string line; std::getline(lines, line);)
    out[line.substr(line.rfind('/') + 1)].insert(line.substr(0, line.find(':')));
  return out;
}

TEST(AptOffers, OfThisMachinesPackagesAreTheirOwners) {
  PACK_REQUIRE_TOOL("dpkg");
  const auto owners = library_owners();
  ASSERT_GT(owners.size(), 50U);
  const MemoryTree tree{{kList, file(read_file("/var/lib/dpkg/status"))}};
  std::vector<WantedLibrary> libraries;
  for (const auto& [soname, owner] : owners)
    libraries.push_back({soname, std::make_shared<const ElfFacts>(kAmd64)});
  const auto offers = apt_offers(tree, libraries);
  for (const OfferedPackage& offer : offers)
    EXPECT_TRUE(owners.at(offer.library).contains(offer.package))
        << offer.package << " for " << offer.library;
  EXPECT_GT(offers.size(), owners.size() / 3);
  RecordProperty("libraries", static_cast<int>(owners.size()));
  RecordProperty("named", static_cast<int>(offers.size()));
}

/// As apk has it: a gzip member with the signature in front of the one with the index.
TEST(ApkOffers, AreWhatTheIndexProvides) {
  TemporaryFolder folder;
  write_file(folder / ".SIGN.RSA.key", "signature");
  write_file(folder / "DESCRIPTION", "v3.18");
  write_file(folder / "APKINDEX",
             "C:Q1x=\nP:zlib\nV:1.2\nA:x86_64\np:so:libz.so.1=1.2.13 pc:zlib=1.2\n\n"
             "P:zlib-arm\nA:aarch64\np:so:libz.so.1=1.2.13\n\n"
             "P:musl\nA:x86_64\np:so:libc.musl-x86_64.so.1=1 so:ld-musl-x86_64.so.1=1\n");
  write_file(folder / "var/cache/apk/APKINDEX.abc.tar.gz", "");
  const ToolRun made =
      run("cd " + folder.str() +
          " && (tar -cf - .SIGN.RSA.key | head -c 1024 | gzip -c; tar -czf - DESCRIPTION APKINDEX) "
          "> var/cache/apk/APKINDEX.abc.tar.gz");
  ASSERT_EQ(made.status, 0) << made.output;
  const auto tree = open_disk_tree(folder.str());
  EXPECT_EQ(offer_for(*tree, "libz.so.1"), "zlib");
  EXPECT_EQ(offer_for(*tree, "libz.so.1", kArm64), "zlib-arm");
  EXPECT_EQ(offer_for(*tree, "/lib/ld-musl-x86_64.so.1"), "musl");
  EXPECT_EQ(offer_for(*tree, "libz.so"), "");
  const std::string index = folder.str() + "/var/cache/apk/APKINDEX.abc.tar.gz";
  write_file(index, read_file(index).substr(0, 100));
  EXPECT_EQ(offer_for(*tree, "libz.so.1"), "");
}

}  // namespace
}  // namespace pack::test
