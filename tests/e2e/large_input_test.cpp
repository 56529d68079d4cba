// Memory does not grow with the size or the number of the files.

#include "support/pack_test.h"

namespace pack {
namespace {

namespace fs = std::filesystem;

class LargeInputTest : public PackTest {
 protected:
  void SetUp() override {
    if (kSanitized) GTEST_SKIP() << "measures memory, which a sanitizer multiplies";
  }

  /// Peak resident memory in KiB of the run.
  long peak_of(const std::vector<std::string>& arguments) {
    Command command = pack_command(arguments);
    const Outcome outcome = run(command);
    EXPECT_TRUE(succeeded(outcome));
    return outcome.peak_kib;
  }
};

TEST_F(LargeInputTest, AFileOfAGigabyteNeeds64Megabytes) {
  write_file(dir_ / "large", "");
  fs::resize_file(dir_ / "large", uintmax_t{1} << 30);  // sparse
  EXPECT_LT(peak_of({"/bin/cat", "-t", "l:1", "-a", "large:/large"}), 64 * 1024);
  EXPECT_GT(fs::file_size(dir_ / "l.tar"), uintmax_t{1} << 30);
}

TEST_F(LargeInputTest, TenThousandFilesNeed64Megabytes) {
  for (int i = 0; i < 10000; ++i)
    write_file(dir_ / "many" / std::to_string(i % 100) / std::to_string(i), "x");
  EXPECT_LT(peak_of({"/bin/cat", "-t", "l:1", "-a", "many:/many"}), 64 * 1024);
}

}  // namespace
}  // namespace pack
