#include "support/closure_test.h"

namespace pack {
namespace fs = std::filesystem;

void ClosureTest::library(const std::string& path, const std::string& name, int value,
                          const std::string& flags) const {
  compile(dir_, path, "int " + name + "(void) { return " + std::to_string(value) + "; }",
          "-shared -fPIC " + flags);
}

void ClosureTest::library_using(const std::string& path, const std::string& name,
                                const std::string& used, int value,
                                const std::string& flags) const {
  compile(dir_, path,
          "int " + used + "(void); int " + name + "(void) { return " + std::to_string(value) +
              " + " + used + "(); }",
          "-shared -fPIC " + flags);
}

void ClosureTest::program(const std::string& path, const std::string& name,
                          const std::string& flags) const {
  compile(dir_, path,
          "#include <stdio.h>\nint " + name + "(void);\nint main(void) { printf(\"%d\\n\", " +
              name + "()); }",
          "-Wl,--allow-shlib-undefined " + flags);
}

fs::path ClosureTest::same_as_here(const std::string& path, const std::string& library_path,
                                   const std::vector<std::string>& options) const {
  Command pack = pack_command({at(path), "-o", "rootfs:image"});
  pack.argv.insert(pack.argv.end(), options.begin(), options.end());
  Command here = {.argv = {at(path)}};
  if (!library_path.empty())
    pack.environment["LD_LIBRARY_PATH"] = here.environment["LD_LIBRARY_PATH"] = library_path;
  EXPECT_TRUE(succeeded(run(pack)));
  EXPECT_EQ(elf_files_in(dir_ / "image"), loaded_on_host(at(path), library_path));

  const Outcome started_here = run(here);
  const Outcome started_there = run_in_root(dir_ / "image", {at(path)});
  EXPECT_TRUE(succeeded(started_here));
  EXPECT_TRUE(succeeded(started_there));
  EXPECT_EQ(started_there.out, started_here.out);
  return dir_ / "image";
}

void ClosureTest::missing_here_too(const std::string& path,
                                   const std::vector<std::string>& texts) const {
  const Outcome here = run({.argv = {at(path)}});
  EXPECT_EQ(here.status, 127) << "the loader should not find it either: " << here;
  EXPECT_TRUE(refused(run_pack({at(path), "-o", "rootfs:image"}), 1, texts));
  EXPECT_FALSE(fs::exists(dir_ / "image"));
}

}  // namespace pack
