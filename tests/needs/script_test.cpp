// The first line of a script. The oracle is the kernel and env(1): the scripts are real ones, and
// their interpreter is a program that prints what it was given.

#include "needs/script.h"

#include <sys/stat.h>

#include <fstream>

#include "support/shell.h"

namespace pack::test {
namespace {

using namespace std::string_literals;

TEST(Shebang, InterpreterAndOneArgument) {
  const auto shebang = parse_shebang("#!/bin/sh -e\necho\n");
  ASSERT_TRUE(shebang);
  EXPECT_EQ(shebang->interpreter, "/bin/sh");
  EXPECT_EQ(shebang->argument, "-e");
}

TEST(Shebang, IsNotThere) {
  for (const std::string& head : {""s, "#"s, "#!"s, "#!\n"s, "#!   \t\n/bin/sh"s, " #!/bin/sh\n"s,
                                  "\xef\xbb\xbf#!/bin/sh\n"s, "echo\n"s, "#!\0/bin/sh\n"s})
    EXPECT_FALSE(parse_shebang(head)) << head;
}

/// Starts real scripts.
class ShebangByTheKernel : public ::testing::Test {
 protected:
  void SetUp() override {
    PACK_REQUIRE_TOOL("gcc");
    std::ofstream(folder_.path() / "show.c") << "#include <stdio.h>\n"
                                                "int main(int n, char** v) {\n"
                                                "  for (int i = 0; i + 1 < n; ++i)\n"
                                                "    printf(\"[%s]\", v[i]);\n"
                                                "}\n";
    ASSERT_EQ(run("cd " + folder_.str() + " && gcc -o show show.c").status, 0);
  }

  std::string show() const { return folder_.str() + "/show"; }

  /// "[INTERPRETER][ARGUMENT]" as the kernel starts it, or "" when it does not.
  std::string by_kernel(const std::string& head) const {
    const std::string script = folder_.str() + "/script";
    std::ofstream(script, std::ios::trunc) << head;
    ::chmod(script.c_str(), 0755);
    // Not through a shell, which would try to read what the kernel refuses.
    const ToolRun ran = run("env " + script);
    return ran.status == 0 ? ran.output : "";
  }

  static std::string by_pack(const std::string& head) {
    const auto shebang = parse_shebang(head);
    if (!shebang) return "";
    return '[' + shebang->interpreter + ']' +
           (shebang->argument.empty() ? "" : '[' + shebang->argument + ']');
  }

  void expect_same(const std::string& head) const { EXPECT_EQ(by_pack(head), by_kernel(head)); }

  TemporaryFolder folder_;
};

TEST_F(ShebangByTheKernel, BlanksAndEnds) {
  for (const std::string& line : {show() + "\n", " \t" + show() + " \t\n", show() + " a b  c \t\nx",
                                  show() + "\ta\n", show(), show() + " a", show() + " 'a b'\n"})
    expect_same("#!" + line);
  EXPECT_EQ(by_kernel("#!" + show() + " a b  c \n"), '[' + show() + "][a b  c]");
}

TEST_F(ShebangByTheKernel, CarriageReturnsAreOfTheName) {
  EXPECT_EQ(by_kernel("#!" + show() + "\r\n"), "");
  EXPECT_EQ(by_pack("#!" + show() + "\r\n"), '[' + show() + "\r]");
}

TEST_F(ShebangByTheKernel, OnlySoManyBytesCount) {
  // A name that ends just before the limit, at it and behind it.
  for (const size_t length : {252U, 253U, 254U, 255U, 260U}) {
    std::string name = show();
    name.insert(0, length - name.size(), '/');
    expect_same("#!" + name + "\n");
    expect_same("#!" + name);
    expect_same("#!" + name + " argument\n");
  }
  // An argument that is cut.
  expect_same("#!" + show() + ' ' + std::string(400, 'a') + "\n");
}

/// The program that env looks up: it is called "show" and prints that.
class EnvProgram : public ShebangByTheKernel {
 protected:
  void expect_found(const std::string& argument) const {
    EXPECT_EQ(env_program(argument), "show") << argument;
    const std::string script = folder_.str() + "/script";
    std::ofstream(script, std::ios::trunc) << "#!/usr/bin/env " + argument + "\n";
    ::chmod(script.c_str(), 0755);
    const ToolRun ran = run("PATH=" + folder_.str() + ":/bin env " + script);
    EXPECT_EQ(ran.status, 0) << argument << ran.output;
    EXPECT_TRUE(ran.output.find("[show]") != std::string::npos) << argument << ran.output;
  }
};

TEST_F(EnvProgram, IsWhatEnvRuns) {
  for (const char* argument :
       {"show", "-S show", "-S show -I", "-Sshow -I", "-S A=1 B=2 show x", "-S -u HOME show",
        "-S -uHOME show", "-S --unset=HOME show", "-S -C / show", "-vS show a",
        "--split-string=show a", "-S 'show' \"a b\"", "-S A='x y' show"})
    expect_found(argument);
}

TEST(EnvProgramOf, NothingWhereNoProgramIsNamed) {
  for (const char* argument : {"", "A=1", "-S", "-S A=1", "-i", "-u X show", "-S -u show"})
    EXPECT_FALSE(env_program(argument)) << argument;
}

}  // namespace
}  // namespace pack::test
