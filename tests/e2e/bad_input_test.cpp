// Files that are no programs, or hostile ones: a sentence, exit status 1, nothing written.

#include <elf.h>
#include <sys/stat.h>
#include <unistd.h>

#include <random>

#include "support/closure_test.h"
#include "support/small_elf.h"

namespace pack {
namespace {

namespace fs = std::filesystem;

class BadInputTest : public ClosureTest {
 protected:
  /// A bad program is refused, by name, in bounded time, and leaves no file.
  void is_refused(const std::string& name, const std::vector<std::string>& texts = {}) {
    Command command = pack_command({at(name), "-t", "bad:1"});
    command.timeout_seconds = 10;
    std::vector<std::string> all = texts;
    all.push_back(name);
    EXPECT_TRUE(refused(run(command), 1, all)) << name;
    EXPECT_FALSE(fs::exists(dir_ / "bad.tar"));
  }

  void content_is_refused(const std::string& content) {
    write_file(dir_ / "bad-program", content, 0755);
    is_refused("bad-program");
  }

  std::string good_program() {
    compile(dir_, "good", "int main(void) { return 0; }");
    return read_file(dir_ / "good");
  }

  /// The program's dynamic entry with that tag, to be changed in place.
  static Elf64_Dyn& dynamic_entry(std::string& program, Elf64_Sxword tag) {
    const auto* header = reinterpret_cast<const Elf64_Ehdr*>(program.data());
    const auto* segment = reinterpret_cast<const Elf64_Phdr*>(program.data() + header->e_phoff);
    while (segment->p_type != PT_DYNAMIC) ++segment;
    auto* entry = reinterpret_cast<Elf64_Dyn*>(program.data() + segment->p_offset);
    while (entry->d_tag != tag) ++entry;
    return *entry;
  }
};

TEST_F(BadInputTest, AFileThatIsNoProgram) { content_is_refused("just text\n"); }
TEST_F(BadInputTest, AnEmptyFile) { content_is_refused(""); }
TEST_F(BadInputTest, AScriptWithoutInterpreter) { content_is_refused("#!\n"); }
TEST_F(BadInputTest, AScriptOfZeroes) { content_is_refused("#!" + std::string(300, '\0')); }
TEST_F(BadInputTest, AnObjectFile) {
  compile(dir_, "object.o", "int x;", "-c");
  is_refused("object.o");
}

TEST_F(BadInputTest, AProgramCutOffAnywhere) {
  const std::string program = good_program();
  for (size_t size : {1, 3, 4, 5, 16, 20, 52, 63, 64, 65, 100, 120, 500, 700})
    content_is_refused(program.substr(0, size));
}

TEST_F(BadInputTest, AProgramCutOffWithinItsSegments) {
  const std::string program = good_program();
  const auto* header = reinterpret_cast<const Elf64_Ehdr*>(program.data());
  uint64_t end = 0;
  for (int i = 0; i < header->e_phnum; ++i) {
    const auto* segment = reinterpret_cast<const Elf64_Phdr*>(program.data() + header->e_phoff) + i;
    if (segment->p_type == PT_LOAD) end = std::max(end, segment->p_offset + segment->p_filesz);
  }
  content_is_refused(program.substr(0, end - 1));
}

TEST_F(BadInputTest, GarbageBehindTheMagic) {
  content_is_refused(std::string("\x7f"
                                 "ELF") +
                     std::string(1000, '\xff'));
  content_is_refused(std::string("\x7f"
                                 "ELF\2\1\1") +
                     std::string(1000, '\x5a'));
  content_is_refused(std::string("\x7f"
                                 "ELF\2\1\1") +
                     std::string(1000, '\0'));
}

TEST_F(BadInputTest, StringsOutOfBounds) {
  for (const Elf64_Sxword tag : {DT_NEEDED, DT_STRTAB, DT_STRSZ}) {
    std::string program = good_program();
    dynamic_entry(program, tag).d_un.d_val = 0x7fffffffffff;
    content_is_refused(program);
  }
}

TEST_F(BadInputTest, MoreProgramHeadersThanTheFileHolds) {
  std::string program = good_program();
  reinterpret_cast<Elf64_Ehdr*>(program.data())->e_phnum = 0xffff;
  content_is_refused(program);
  reinterpret_cast<Elf64_Ehdr*>(program.data())->e_phnum = 13;
  reinterpret_cast<Elf64_Ehdr*>(program.data())->e_phoff = ~0ull - 10;
  content_is_refused(program);
}

TEST_F(BadInputTest, AnyByteChangedNeverCrashes) {
  const std::string program = good_program();
  std::mt19937 numbers(2024);
  for (int i = 0; i < 150; ++i) {
    std::string changed = program;
    for (int j = 0; j < 4; ++j) changed[numbers() % 0x400] = static_cast<char>(numbers());
    write_file(dir_ / "changed", changed, 0755);
    Command command = pack_command({at("changed"), "-t", "bad:1"});
    command.timeout_seconds = 10;
    const Outcome outcome = run(command);
    EXPECT_TRUE(outcome.status == 0 || outcome.status == 1) << "round " << i << ": " << outcome;
    EXPECT_EQ(fs::exists(dir_ / "bad.tar"), outcome.status == 0);
    fs::remove(dir_ / "bad.tar");
  }
}

TEST_F(BadInputTest, AHostileInterpreterIsNeverExecuted) {
  write_file(dir_ / "hostile", "#!/bin/sh\ntouch " + at("marker") + "\n", 0755);
  compile(dir_, "prog", "int main(void) { return 0; }", "-Wl,--dynamic-linker=" + at("hostile"));
  is_refused("prog", {at("hostile")});
  EXPECT_FALSE(fs::exists(dir_ / "marker"));
}

TEST_F(BadInputTest, AnInterpreterThatIsAnotherProgramIsNeverExecuted) {
  compile(dir_, "hostile",
          "#include <fcntl.h>\nint main(void) { creat(\"" + at("marker") + "\", 0600); return 0; }",
          "-static");
  compile(dir_, "prog", "int main(void) { return 0; }", "-Wl,--dynamic-linker=" + at("hostile"));
  run_pack({at("prog"), "-t", "x:1"});
  EXPECT_FALSE(fs::exists(dir_ / "marker"));
}

TEST_F(BadInputTest, TheInterpreterIsMissingFromTheRoot) {
  make_sysroot(dir_ / "root");
  compile(dir_, "root/bin/prog", "int main(void) { return 0; }");
  fs::remove(dir_ / "root/lib64/ld-linux-x86-64.so.2");
  EXPECT_TRUE(refused(run_pack({"--root", at("root"), "/bin/prog", "-t", "bad:1"}), 1,
                      {"/lib64/ld-linux-x86-64.so.2", "/bin/prog"}));
}

TEST_F(BadInputTest, AFolder) {
  fs::create_directory(dir_ / "folder");
  is_refused("folder");
}

TEST_F(BadInputTest, AFifoDoesNotHang) {
  ASSERT_EQ(mkfifo(at("fifo").c_str(), 0755), 0);
  is_refused("fifo");
}

TEST_F(BadInputTest, AFifoInAnAddedFolderIsLeftOutAndSaid) {
  write_file(dir_ / "folder/file", "file");
  ASSERT_EQ(mkfifo(at("folder/fifo").c_str(), 0755), 0);
  Command command = pack_command({"/bin/cat", "--add", at("folder") + ":/f", "-o", "rootfs:root"});
  command.timeout_seconds = 10;
  const Outcome outcome = run(command);
  EXPECT_TRUE(succeeded(outcome));
  EXPECT_TRUE(contains(outcome.err, at("folder/fifo"))) << outcome;
  EXPECT_EQ(names_in(dir_ / "root/f"), std::vector<std::string>{"file"});
}

TEST_F(BadInputTest, AFifoAmongTheLibrariesDoesNotHang) {
  library("l/libone.so", "one", 1);
  program("prog", "one", "-Wl,--enable-new-dtags,-rpath," + at("l") + " -Ll -lone");
  fs::remove(dir_ / "l/libone.so");
  ASSERT_EQ(mkfifo(at("l/libone.so").c_str(), 0755), 0);
  is_refused("prog", {"libone.so"});
}

TEST_F(BadInputTest, ADevice) {
  Command command = pack_command({"/dev/zero", "-t", "bad:1"});
  command.timeout_seconds = 10;
  EXPECT_TRUE(refused(run(command), 1, {"/dev/zero"}));
}

TEST_F(BadInputTest, NothingThere) { is_refused("none"); }

TEST_F(BadInputTest, SymlinksThatLeadNowhere) {
  write_symlink(dir_ / "dangling", "none");
  is_refused("dangling");
  write_symlink(dir_ / "circle", "circle");
  is_refused("circle");
}

TEST_F(BadInputTest, AnUnreadableFile) {
  PACK_REQUIRE_ROOT();
  compile(dir_, "secret", "int main(void) { return 0; }", "-static");
  fs::permissions(dir_ / "secret", fs::perms(0711));
  fs::create_directory(dir_ / "theirs");
  ASSERT_EQ(chown(at("theirs").c_str(), 65534, 65534), 0);
  Command command = pack_command({at("secret"), "-t", "bad:1"});
  command.folder = dir_ / "theirs";
  command.user = 65534;
  EXPECT_TRUE(refused(run(command), 1, {at("secret"), "ermission denied"}));
  EXPECT_TRUE(fs::is_empty(dir_ / "theirs"));
}

TEST_F(BadInputTest, AnOddPathIsQuoted) {
  const Outcome outcome = run_pack({at("a\nb\x1b[31m"), "-t", "bad:1"});
  EXPECT_TRUE(refused(outcome, 1, {"a\\nb"}));
  EXPECT_FALSE(contains(outcome.err, "\x1b")) << "control characters reach no terminal";
}

TEST_F(BadInputTest, AnErrorIsOneLine) {
  const Outcome outcome = run_pack({at("none"), "-t", "bad:1"});
  EXPECT_EQ(outcome.err.find('\n'), outcome.err.size() - 1) << outcome;
}

}  // namespace
}  // namespace pack
