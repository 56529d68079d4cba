#include "needs/image_start.h"

#include <gtest/gtest.h>

#include "closure/memory_elf.h"
#include "source/memory_tree.h"

namespace pack {
namespace {

using test::MemoryElf;

MemoryTree::Node elf(MemoryElf elf, uint32_t mode = 0755) {
  return file(test::MemoryElfWriter(elf).bytes(), mode);
}

const std::string kLoader = "/lib64/ld-linux-x86-64.so.2";

/// A root with a program that needs one library beyond the usual places.
MemoryTree root() {
  return {{"/bin/prog", elf({.needed = {"libx.so"}, .interpreter = kLoader})},
          {"/bin/data", file("data", 0755)},
          {"/bin/plain", elf({.interpreter = kLoader}, 0644)},
          {"/bin/script", file("#!/bin/prog\n", 0755)},
          {kLoader, elf({.soname = "ld-linux-x86-64.so.2"})},
          {"/opt/lib/libx.so", elf({.soname = "libx.so"})},
          {"/srv/tool", elf({.interpreter = kLoader})}};
}

ImageStart start_of(const ImageConfig& config) {
  const MemoryTree tree = root();
  ElfCache elves;
  return find_image_start(tree, elves, config, OpenedLater::left_out);
}

ImageConfig config_with(std::vector<std::string> entrypoint) {
  ImageConfig config;
  config.entrypoint = std::move(entrypoint);
  return config;
}

TEST(ImageStart, TheFirstWordIsAPathOrANameOnThePath) {
  EXPECT_EQ(start_of(config_with({"/bin/prog", "x"})).program, "/bin/prog");
  EXPECT_EQ(start_of(config_with({"prog"})).program, "/bin/prog");
  ImageConfig config = config_with({"tool"});
  config.env = {"PATH=relative:/bin:/srv"};
  EXPECT_EQ(start_of(config).program, "/srv/tool");
  config = config_with({"./tool"});
  config.working_dir = "/srv";
  EXPECT_EQ(start_of(config).program, "/srv/./tool");
}

TEST(ImageStart, CmdStartsWhereThereIsNoEntrypoint) {
  ImageConfig config;
  EXPECT_TRUE(start_of(config).words.empty());
  EXPECT_EQ(start_of(config).failure, "");
  config.cmd = {"/bin/prog", "x"};
  EXPECT_EQ(start_of(config).program, "/bin/prog");
  config.entrypoint = {"tool"};
  config.env = {"PATH=/srv"};
  EXPECT_EQ(start_of(config).program, "/srv/tool");
  EXPECT_EQ(start_of(config).words, (std::vector<std::string>{"tool", "/bin/prog", "x"}));
}

TEST(ImageStart, SaysWhyThereIsNone) {
  EXPECT_EQ(start_of(config_with({"/bin/none"})).failure, "/bin/none is not in the image");
  EXPECT_EQ(start_of(config_with({"none"})).failure,
            "none is not in the image, on its PATH (" + std::string(kDefaultPath) + ")");
  EXPECT_EQ(start_of(config_with({"plain"})).failure, "/bin/plain is not executable");
  EXPECT_NE(start_of(config_with({"data"})).failure.find("neither an ELF program nor a script"),
            std::string::npos);
}

TEST(ImageStart, LdLibraryPathOfTheConfigCounts) {
  ImageConfig config = config_with({"/bin/prog"});
  const ImageStart without = start_of(config);
  ASSERT_EQ(without.closure.processes.size(), 1U);
  ASSERT_EQ(without.closure.processes[0].unresolved.size(), 1U);
  EXPECT_EQ(without.closure.processes[0].unresolved[0].name, "libx.so");
  config.env = {"LD_LIBRARY_PATH=/none:/opt/lib"};
  EXPECT_TRUE(start_of(config).closure.processes[0].unresolved.empty());
  config.env = {"LD_LIBRARY_PATH=lib"};
  config.working_dir = "/opt";
  EXPECT_TRUE(start_of(config).closure.processes[0].unresolved.empty());
}

TEST(ImageStart, AScriptIsStartedByItsInterpreter) {
  const ImageStart start = start_of(config_with({"script"}));
  EXPECT_EQ(start.program, "/bin/script");
  EXPECT_EQ(start.needs.programs, std::vector<std::string>{"/bin/prog"});
  ASSERT_EQ(start.needs.scripts.size(), 1U);
  EXPECT_EQ(start.needs.scripts[0].line, "#!/bin/prog");
}

}  // namespace
}  // namespace pack
