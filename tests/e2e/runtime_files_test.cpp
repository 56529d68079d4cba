// Case 23: what the C library reads while a program runs, in a root that holds only pack's image.
// The oracle is the program itself, started here and in the image: what it prints is what worked.
// Each test first shows what the image lacks as it is, then what brings it.

#include <algorithm>

#include "support/closure_test.h"

namespace pack {
namespace {

namespace fs = std::filesystem;

constexpr const char* kSource = R"(
#include <arpa/inet.h>
#include <iconv.h>
#include <locale.h>
#include <netdb.h>
#include <pwd.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <time.h>

static int host(const char* name) {
  struct addrinfo hints = {.ai_family = AF_INET, .ai_socktype = SOCK_STREAM}, *found;
  char text[64];
  if (getaddrinfo(name, "80", &hints, &found)) return 1;
  puts(inet_ntop(AF_INET, &((struct sockaddr_in*)found->ai_addr)->sin_addr, text, sizeof text));
  return 0;
}

static int charset(const char* to) {
  char in[] = "\xc3\xa4", out[16], *from = in, *into = out;
  size_t left = 2, space = sizeof out;
  iconv_t converter = iconv_open(to, "UTF-8");
  if (converter == (iconv_t)-1 || iconv(converter, &from, &left, &into, &space) == (size_t)-1)
    return 1;
  for (char* byte = out; byte < into; ++byte) printf("%02x", (unsigned char)*byte);
  puts("");
  return 0;
}

static int locale(const char* name) {
  const char* chosen = setlocale(LC_ALL, name);
  if (chosen) puts(chosen);
  return !chosen;
}

static int user(int id) {
  struct passwd* entry = getpwuid(id);
  if (entry) puts(entry->pw_name);
  return !entry;
}

static int zone(const char* name) {
  time_t summer = 1000000000;
  char text[64];
  setenv("TZ", name, 1);
  strftime(text, sizeof text, "%H:%M %Z", localtime(&summer));
  puts(text);
  return 0;
}

static int temporary(void) {
  FILE* file = tmpfile();
  if (!file || fputs("x", file) < 0 || fflush(file)) return 1;
  puts("written");
  return 0;
}

int main(int count, char** words) {
  const char* what = words[1];
  const char* name = count > 2 ? words[2] : "";
  if (!strcmp(what, "host")) return host(name);
  if (!strcmp(what, "charset")) return charset(name);
  if (!strcmp(what, "locale")) return locale(name);
  if (!strcmp(what, "user")) return user(atoi(name));
  if (!strcmp(what, "zone")) return zone(name);
  return temporary();
}
)";

/// Each test runs twice: linked as usual, and statically.
class RuntimeFilesTest : public ClosureTest, public ::testing::WithParamInterface<const char*> {
 protected:
  void SetUp() override { compile(dir_, "prog", kSource, std::string(GetParam()) + " -w"); }

  /// What it prints in an image made with these options; "failed" when it says so.
  std::string there(const std::vector<std::string>& words,
                    const std::vector<std::string>& options = {}) {
    std::vector<std::string> arguments = {at("prog")};
    arguments.insert(arguments.end(), options.begin(), options.end());
    image_ = rootfs(arguments, "rootfs" + std::to_string(++images_));
    return printed([&](const std::vector<std::string>& argv) { return run_in_root(image_, argv); },
                   words);
  }
  std::string here(const std::vector<std::string>& words) const {
    return printed([](const std::vector<std::string>& argv) { return run({.argv = argv}); }, words);
  }

  fs::path image_;

 private:
  template <typename Run>
  std::string printed(Run start, const std::vector<std::string>& words) const {
    std::vector<std::string> argv = {at("prog")};
    argv.insert(argv.end(), words.begin(), words.end());
    const Outcome outcome = start(argv);
    EXPECT_EQ(outcome.signal, 0) << outcome;
    return outcome.status == 0 ? outcome.out : "failed";
  }

  int images_ = 0;
};

INSTANTIATE_TEST_SUITE_P(Linked, RuntimeFilesTest, ::testing::Values("-no-pie", "-static"),
                         [](const auto& test) {
                           return std::string(test.param) == "-static" ? "statically" : "usually";
                         });

TEST_P(RuntimeFilesTest, UsersOfEveryImageAreFound) {
  EXPECT_EQ(there({"user", "0"}), "root\n");
  EXPECT_EQ(there({"user", "65534"}), "nobody\n");
  EXPECT_EQ(there({"user", "0"}, {"--bare"}), "failed");
}

TEST_P(RuntimeFilesTest, TemporaryFilesHaveTheirFolder) {
  EXPECT_EQ(there({"temporary"}), here({"temporary"}));
  EXPECT_EQ(there({"temporary"}, {"--bare"}), "failed");
}

/// An engine mounts its own /etc/hosts and /etc/resolv.conf; a bare root has what is added.
TEST_P(RuntimeFilesTest, HostsNeedTheirFile) {
  write_file(dir_ / "hosts", "127.0.0.1 localhost\n192.0.2.7 only.here.example\n");
  EXPECT_EQ(there({"host", "127.0.0.1"}), "127.0.0.1\n");
  EXPECT_EQ(there({"host", "localhost"}), "failed");
  EXPECT_EQ(there({"host", "localhost"}, {"--add", at("hosts") + ":/etc/hosts"}), "127.0.0.1\n");
  EXPECT_EQ(there({"host", "only.here.example"}, {"--add", at("hosts") + ":/etc/hosts"}),
            "192.0.2.7\n");
}

/// The C library converts these itself.
TEST_P(RuntimeFilesTest, SomeCharacterSetsNeedNothing) {
  EXPECT_EQ(there({"charset", "UTF-8"}), here({"charset", "UTF-8"}));
  EXPECT_EQ(there({"charset", "UCS-4"}), here({"charset", "UCS-4"}));
}

/// The others are plug-ins of the C library's, which need the C library: that is how a static
/// program gets one.
TEST_P(RuntimeFilesTest, OtherCharacterSetsNeedTheirPlugins) {
  const fs::path gconv = "/usr/lib/x86_64-linux-gnu/gconv";
  PACK_REQUIRE(fs::exists(gconv / "ISO8859-1.so"), "glibc's character sets (libc-bin, libc6)");
  for (const auto& [name, file] :
       {std::pair("ISO-8859-1", "ISO8859-1.so"), std::pair("UTF-16", "UTF-16.so")}) {
    EXPECT_EQ(there({"charset", name}), "failed") << name;
    EXPECT_EQ(there({"charset", name}, {"--add", (gconv / file).string(), "--add",
                                        (gconv / "gconv-modules*").string()}),
              here({"charset", name}))
        << name;
    const std::set<std::string> files = elf_files_in(image_);
    EXPECT_TRUE(std::any_of(files.begin(), files.end(),
                            [](const std::string& path) { return path.ends_with("/libc.so.6"); }));
  }
  EXPECT_EQ(there({"charset", "UTF-16"}, {"--add", gconv.string()}), here({"charset", "UTF-16"}));
}

TEST_P(RuntimeFilesTest, LocalesNeedTheirFolder) {
  const std::string c_utf8 = "/usr/lib/locale/C.utf8";
  PACK_REQUIRE(fs::exists(c_utf8), c_utf8);
  EXPECT_EQ(there({"locale", "C"}), "C\n");
  EXPECT_EQ(there({"locale", "C.UTF-8"}), "failed");
  EXPECT_EQ(there({"locale", "C.UTF-8"}, {"--add", c_utf8}), here({"locale", "C.UTF-8"}));
}

/// A locale that is compiled here: whoever asks finds it where the C library looks.
TEST_P(RuntimeFilesTest, AnotherLanguagesLocale) {
  PACK_REQUIRE_TOOL("localedef");
  PACK_REQUIRE(fs::exists("/usr/share/i18n/locales/de_DE"), "/usr/share/i18n/locales (locales)");
  const Outcome made = run({.argv = {"localedef", "-i", "de_DE", "-f", "UTF-8", at("de_DE.utf8")}});
  ASSERT_TRUE(fs::exists(dir_ / "de_DE.utf8/LC_CTYPE")) << made;
  EXPECT_EQ(there({"locale", "de_DE.UTF-8"}), "failed");
  EXPECT_EQ(
      there({"locale", "de_DE.UTF-8"}, {"--add", at("de_DE.utf8") + ":/usr/lib/locale/de_DE.utf8"}),
      "de_DE.UTF-8\n");
}

/// Without its file a time zone is silently UTC.
TEST_P(RuntimeFilesTest, TimeZonesNeedTheirFile) {
  const std::string file = "/usr/share/zoneinfo/Europe/Berlin";
  PACK_REQUIRE(fs::exists(file), "time zones (tzdata)");
  const std::string berlin = here({"zone", "Europe/Berlin"});
  EXPECT_EQ(there({"zone", "CET-1CEST,M3.5.0,M10.5.0/3"}), berlin);
  EXPECT_NE(there({"zone", "Europe/Berlin"}), berlin);
  EXPECT_EQ(there({"zone", "Europe/Berlin"}, {"--add", file}), berlin);
}

/// All at once, as a service would have it.
TEST_P(RuntimeFilesTest, OneImageWithAllOfThem) {
  const std::vector<std::string> wanted = {"/usr/lib/x86_64-linux-gnu/gconv",
                                           "/usr/lib/locale/C.utf8", "/usr/share/zoneinfo/Europe"};
  std::vector<std::string> arguments = {at("prog")};
  for (const std::string& path : wanted) {
    PACK_REQUIRE(fs::exists(path), path);
    arguments.insert(arguments.end(), {"--add", path});
  }
  const fs::path image = rootfs(arguments);
  for (const std::vector<std::string>& words : {std::vector<std::string>{"user", "0"},
                                                {"charset", "ISO-8859-1"},
                                                {"charset", "UTF-16"},
                                                {"locale", "C.UTF-8"},
                                                {"zone", "Europe/Berlin"},
                                                {"temporary"}}) {
    std::vector<std::string> argv = {at("prog")};
    argv.insert(argv.end(), words.begin(), words.end());
    EXPECT_EQ(run_in_root(image, argv).out, here(words)) << words[0];
  }
}

}  // namespace
}  // namespace pack
