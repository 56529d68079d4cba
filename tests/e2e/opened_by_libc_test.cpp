// Libraries that the C library opens by itself, when a program calls certain functions.

#include <algorithm>

#include "support/closure_test.h"

namespace pack {
namespace {

namespace fs = std::filesystem;

constexpr const char* kCancels =
    "#include <pthread.h>\n"
    "#include <stdio.h>\n"
    "#include <unistd.h>\n"
    "static void* wait_forever(void* unused) { for (;;) pause(); return unused; }\n"
    "int main(void) {\n"
    "  pthread_t thread;\n"
    "  void* result;\n"
    "  pthread_create(&thread, 0, wait_forever, 0);\n"
    "  pthread_cancel(thread);\n"
    "  pthread_join(thread, &result);\n"
    "  puts(result == PTHREAD_CANCELED ? \"cancelled\" : \"returned\");\n"
    "}\n";

class OpenedByLibcTest : public ClosureTest {
 protected:
  static bool has_libgcc(const std::set<std::string>& files) {
    return std::any_of(files.begin(), files.end(), [](const std::string& file) {
      return file.find("libgcc_s.so.1") != std::string::npos;
    });
  }
};

TEST_F(OpenedByLibcTest, CancellingAThreadNeedsLibgcc) {
  compile(dir_, "cancels", kCancels, "-pthread");
  ASSERT_FALSE(has_libgcc(loaded_on_host(at("cancels"))));
  const fs::path image = rootfs({at("cancels")});
  EXPECT_TRUE(has_libgcc(elf_files_in(image)));
  const Outcome there = run_in_root(image, {at("cancels")});
  EXPECT_EQ(there.out, "cancelled\n") << there;
}

TEST_F(OpenedByLibcTest, WithoutItTheProgramAborts) {
  compile(dir_, "cancels", kCancels, "-pthread");
  const fs::path image = rootfs({at("cancels"), "--exclude", "libgcc_s.so.1"});
  const Outcome there = run_in_root(image, {at("cancels")});
  EXPECT_FALSE(succeeded(there));
  EXPECT_TRUE(contains(there.err, "libgcc_s.so.1 must be installed")) << there;
}

TEST_F(OpenedByLibcTest, TheReasonNamesTheFunctionAndItsImporter) {
  compile(dir_, "libworker.so", kCancels, "-shared -fPIC");
  compile(dir_, "prog", "int main(void) { return 0; }",
          "-Wl,--no-as-needed -L. -lworker -Wl,-rpath," + dir_.string());
  const Outcome plan = run_pack({at("prog"), "--dry-run", "-v"});
  EXPECT_TRUE(contains(plan.out,
                       "libgcc_s.so.1, which the C library opens for pthread_cancel, "
                       "imported by " +
                           at("libworker.so")))
      << plan;
}

TEST_F(OpenedByLibcTest, AProgramThatCallsNothingOfTheKindHasNoLibgcc) {
  program("prog", "abs", "");
  EXPECT_FALSE(has_libgcc(elf_files_in(rootfs({at("prog")}))));
}

TEST_F(OpenedByLibcTest, ARootThatHasNoneIsANoteAndNoError) {
  compile(dir_, "cancels", kCancels, "-pthread");
  make_sysroot(dir_ / "root");
  fs::create_directories(dir_ / "root/bin");
  fs::copy_file(dir_ / "cancels", dir_ / "root/bin/cancels");
  const Outcome packed = run_pack({"/bin/cancels", "--root", at("root"), "-o", "rootfs:image"});
  EXPECT_TRUE(succeeded(packed));
  EXPECT_TRUE(contains(packed.err,
                       "libgcc_s.so.1, which the C library opens for pthread_cancel, imported by "
                       "/bin/cancels, is not found: what needs it will fail"))
      << packed;
}

}  // namespace
}  // namespace pack
