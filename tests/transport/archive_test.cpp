// The archive, told by the tools that will read it: skopeo (both ways), GNU tar, gzip, zstd.

#include <fcntl.h>
#include <gtest/gtest.h>
#include <pty.h>
#include <sys/stat.h>
#include <sys/wait.h>
#include <unistd.h>

#include <cstdlib>
#include <thread>

#include "transport/small_image.h"

namespace pack {
namespace {

using test::contains;
using test::SmallImage;
using test::text_of;

class ArchiveTest : public testing::Test {
 protected:
  std::string at(const std::string& name) const { return (folder_.path() / name).string(); }
  std::string tool(const std::string& command) const {
    const test::ToolRun run = test::run("cd " + folder_.str() + " && " + command);
    EXPECT_EQ(run.status, 0) << command << ": " << run.output;
    return run.output;
  }

  test::TemporaryFolder folder_;
  SmallImage image_;
};

TEST_F(ArchiveTest, MetadataStandsInFrontAndEveryMemberIsAPlainFile) {
  const std::vector<Receipt> receipts = image_.write({at("a.tar")});
  const std::string list =
      tool("LC_ALL=C TZ=UTC tar --numeric-owner -tvf a.tar | sed -E 's/ +/ /g; s/[0-9a-f]{64}/X/'");
  EXPECT_TRUE(contains(list, "-rw-r--r-- 0/0 30 1970-01-01 00:00 oci-layout\n")) << list;
  EXPECT_EQ(
      tool("tar tf a.tar | sed -E 's/[0-9a-f]{64}/X/'"),
      "oci-layout\nindex.json\nmanifest.json\nblobs/sha256/X\nblobs/sha256/X\nblobs/sha256/X\n");
  EXPECT_EQ(std::filesystem::file_size(at("a.tar")), receipts.front().size);
}

TEST_F(ArchiveTest, EveryBlobIsWhatItsNameSays) {
  image_.write({at("a.tar")});
  tool("tar xf a.tar && cd blobs/sha256 && for f in *; do echo \"$f  $f\"; done | sha256sum -c");
}

TEST_F(ArchiveTest, SkopeoReadsItBothWays) {
  PACK_REQUIRE_TOOL("skopeo");
  const std::vector<Receipt> receipts = image_.write({at("a.tar")});
  tool("skopeo copy -q oci-archive:a.tar:v1 oci:from-oci:v1");
  tool("skopeo copy -q docker-archive:a.tar:docker.io/library/basic:v1 dir:from-docker");
  EXPECT_TRUE(contains(tool("skopeo inspect --format '{{.Digest}}' oci-archive:a.tar:v1"),
                       receipts.front().manifest->str()));
  EXPECT_TRUE(contains(tool("skopeo inspect --config docker-archive:a.tar"), "/hello"));
}

TEST_F(ArchiveTest, EveryReferenceIsFound) {
  PACK_REQUIRE_TOOL("skopeo");
  image_.names("basic:v1 basic:latest example.org/x/y:z");
  image_.write({at("a.tar")});
  for (const char* tag : {"v1", "latest", "z"})
    tool(std::string("skopeo inspect --raw oci-archive:a.tar:") + tag);
  for (const char* name : {"docker.io/library/basic:latest", "example.org/x/y:z"})
    tool(std::string("skopeo inspect --raw docker-archive:a.tar:") + name);
}

TEST_F(ArchiveTest, AnImageWithoutANameIsReadable) {
  PACK_REQUIRE_TOOL("skopeo");
  image_.names("");
  image_.write({at("a.tar")});
  tool("skopeo copy -q oci-archive:a.tar dir:one && skopeo copy -q docker-archive:a.tar dir:two");
}

TEST_F(ArchiveTest, ACompressedOneIsTheSameArchive) {
  image_.write({at("a.tar"), at("b.tar.gz"), at("c.tar.zst")});
  tool("gzip -dc b.tar.gz | cmp - a.tar && zstd -dc c.tar.zst | cmp - a.tar");
  EXPECT_LT(std::filesystem::file_size(at("b.tar.gz")), 100'000u);
  EXPECT_LT(std::filesystem::file_size(at("c.tar.zst")), 100'000u);
}

TEST_F(ArchiveTest, TheSameImageIsTheSameBytes) {
  image_.write({at("a.tar")});
  const mode_t former = ::umask(077);
  image_.write({at("b.tar")});
  ::umask(former);
  tool("cmp a.tar b.tar");
}

/// Standard output is another file while this lives.
class StandardOutput {
 public:
  explicit StandardOutput(int fd) : former_(::dup(1)) { ::dup2(fd, 1); }
  ~StandardOutput() {
    ::dup2(former_, 1);
    ::close(former_);
  }

 private:
  int former_;
};

TEST_F(ArchiveTest, StandardOutputGetsTheSameBytes) {
  image_.write({at("a.tar")});
  int ends[2];
  ASSERT_EQ(::pipe(ends), 0);
  std::string seen;
  const pid_t child = ::fork();
  if (child == 0) {
    ::close(ends[0]);
    ::dup2(ends[1], 1);
    image_.write({"-"});
    ::_exit(0);
  }
  ::close(ends[1]);
  char piece[65536];
  for (ssize_t n; (n = ::read(ends[0], piece, sizeof piece)) > 0;) seen.append(piece, n);
  ::close(ends[0]);
  ::waitpid(child, nullptr, 0);
  EXPECT_TRUE(seen == text_of(at("a.tar")));
}

TEST_F(ArchiveTest, AReaderThatGoesAwayIsAnErrorAndNothingElseIsWritten) {
  int ends[2];
  ASSERT_EQ(::pipe(ends), 0);
  ::close(ends[0]);
  std::string failure;
  {
    const StandardOutput output(ends[1]);
    failure = image_.failure({at("a.tar"), "-"});
  }
  ::close(ends[1]);
  EXPECT_TRUE(contains(failure, "standard output")) << failure;
  EXPECT_EQ(test::names_in(folder_.path()), std::vector<std::string>{});
}

TEST_F(ArchiveTest, ATerminalIsRefused) {
  int terminal = -1, other = -1;
  ASSERT_EQ(::openpty(&terminal, &other, nullptr, nullptr, nullptr), 0);
  {
    const StandardOutput output(other);
    EXPECT_THROW(image_.write({"-"}), UsageError);
  }
  ::close(terminal);
  ::close(other);
}

TEST_F(ArchiveTest, AFifoIsAStream) {
  image_.write({at("a.tar")});
  ASSERT_EQ(::mkfifo(at("fifo").c_str(), 0600), 0);
  std::string seen;
  std::thread reader([&] { seen = text_of(at("fifo")); });
  image_.write({at("fifo")});
  reader.join();
  EXPECT_TRUE(seen == text_of(at("a.tar")));
  EXPECT_TRUE(std::filesystem::is_fifo(at("fifo")));
}

TEST_F(ArchiveTest, DevNullStaysADevice) {
  EXPECT_EQ(image_.failure({"/dev/null"}), "none");
  EXPECT_TRUE(std::filesystem::is_character_file("/dev/null"));
}

}  // namespace
}  // namespace pack
