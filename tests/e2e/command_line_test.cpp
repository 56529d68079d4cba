// The command line itself: what is wrong with it is said with exit status 2, and help helps.

#include <unistd.h>

#include "support/pack_test.h"

namespace pack {
namespace {

class CommandLineTest : public PackTest {
 protected:
  void is_usage_error(const std::vector<std::string>& arguments,
                      const std::vector<std::string>& texts = {}) {
    EXPECT_TRUE(refused(run_pack(arguments), 2, texts)) << ::testing::PrintToString(arguments);
    EXPECT_TRUE(names_in(dir_).empty());
  }
};

TEST_F(CommandLineTest, WrongReferences) {
  for (const std::string& name :
       {std::string("Basic:v1"), "basic:" + std::string(129, 't'), std::string("basic:"),
        std::string(":v1"), std::string("a//b"), std::string("a b"), std::string("-x/y"),
        std::string("a:.v1"), std::string("registry:port/x"), std::string(64, 'a'),
        std::string(300, 'a'), std::string("a@b"), std::string("a___b")})
    is_usage_error({"/bin/cat", "--tag=" + name, "-o", "x.tar"});
  is_usage_error({"/bin/cat", "-t", "Basic:v1"}, {"Basic:v1", "lowercase"});
  is_usage_error({"/bin/cat", "-t", ""});
}

TEST_F(CommandLineTest, GoodReferences) {
  for (const std::string& name :
       {std::string("basic:V1_x.y-z"), "basic:" + std::string(128, 't'), std::string("localhost/a"),
        std::string("127.0.0.1:5000/a__b/c-d.e:x"), std::string("Registry.Example/x")})
    EXPECT_TRUE(succeeded(run_pack({"/bin/cat", "-t", name, "-o", "x.tar"}))) << name;
}

TEST_F(CommandLineTest, UnknownOptions) {
  is_usage_error({"/bin/cat", "-t", "a", "--no-such-option"}, {"--no-such-option"});
  is_usage_error({"--no-such-option"}, {"--no-such-option"});
}

TEST_F(CommandLineTest, NothingToDo) {
  is_usage_error({});
  is_usage_error({"-t", "a:1"});
}

TEST_F(CommandLineTest, NoNameForTheImage) { is_usage_error({"/bin/cat"}, {"-t"}); }

TEST_F(CommandLineTest, WrongValues) {
  const std::vector<std::pair<std::string, std::string>> values = {{"-e", "=V"},
                                                                   {"-p", "http"},
                                                                   {"-p", "99999/tcp"},
                                                                   {"--mkdir", "relative"},
                                                                   {"--mkdir", "/x:rwx"},
                                                                   {"--symlink", "/x"},
                                                                   {"--chmod", "/x:0999"},
                                                                   {"--chmod", "/x"},
                                                                   {"--chown", "/x"},
                                                                   {"--chown", "/x:4294967295:0"},
                                                                   {"-w", "relative"},
                                                                   {"--created", "today"},
                                                                   {"--platform", "linux"},

                                                                   {"-o", "oci:"},
                                                                   {"-o", "rootfs:"},
                                                                   {"-o", ""},
                                                                   {"-a", ""},
                                                                   {"-o", "oci:layout:bad tag"},
                                                                   {"--volume", "relative"},
                                                                   {"-l", "=b"}};
  for (const auto& [option, value] : values)
    is_usage_error({"/bin/cat", "-t", "a:1", option, value});
}

TEST_F(CommandLineTest, AMissingValue) { is_usage_error({"/bin/cat", "-t"}, {"-t"}); }

TEST_F(CommandLineTest, AConfigFileThatIsNotThere) {
  is_usage_error({"/bin/cat", "-t", "a:1", "--config", "none.toml"}, {"none.toml"});
}

TEST_F(CommandLineTest, HelpOpensWithExamples) {
  for (const char* option : {"--help", "-h"}) {
    const Outcome help = run_pack({option});
    ASSERT_TRUE(succeeded(help));
    EXPECT_EQ(help.err, "");
    const size_t example = help.out.find("pack /bin/bash -t basic:v1");
    ASSERT_NE(example, std::string::npos) << help;
    EXPECT_LT(example, help.out.find("--tag"));
    EXPECT_LT(example, 600u);
  }
}

TEST_F(CommandLineTest, HelpNamesEveryOption) {
  const std::string help = run_pack({"--help"}).out;
  for (const char* option : {"-t,",          "--tag",        "-o,",
                             "--output",     "--root",       "--library-path",
                             "-a,",          "--add",        "--symlink",
                             "--mkdir",      "--chmod",      "--chown",
                             "--exclude",    "--bare",       "--allow-missing",
                             "--entrypoint", "--cmd",        "-e,",
                             "--env",        "-w,",          "--workdir",
                             "-u,",          "--user",       "-p,",
                             "--expose",     "--volume",     "-l,",
                             "--label",      "--annotation", "--stop-signal",
                             "--author",     "--created",    "--platform",
                             "--dry-run",    "--config",     "--json",
                             "-q",           "-v",           "--help",
                             "--version"})
    EXPECT_TRUE(contains(help, option)) << option;
}

TEST_F(CommandLineTest, HelpFitsATerminal) {
  const std::string help = run_pack({"--help"}).out;
  for (size_t start = 0, end; (end = help.find('\n', start)) != std::string::npos; start = end + 1)
    EXPECT_LE(end - start, 100u) << help.substr(start, end - start);
}

TEST_F(CommandLineTest, Version) {
  const Outcome version = run_pack({"--version"});
  ASSERT_TRUE(succeeded(version));
  EXPECT_TRUE(contains(version.out, "pack")) << version;
  EXPECT_TRUE(contains(version.out, ".")) << version;
}

TEST_F(CommandLineTest, NoColorInAFile) {
  const Outcome outcome = run_pack({"/none", "-t", "a:1"});
  EXPECT_FALSE(contains(outcome.err, "\x1b"));
}

}  // namespace
}  // namespace pack
