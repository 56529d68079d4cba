#pragma once

#include <filesystem>
#include <nlohmann/json.hpp>
#include <string>
#include <vector>

#include "support/image_archive.h"
#include "support/pack_test.h"
#include "support/small_elf.h"

namespace pack {

/// Tests that copy small images, packed from a root that the test writes itself: programs for
/// linux/amd64 and linux/arm64, and a file to give layers a size.
class SmallImagesTest : public PackTest {
 protected:
  static constexpr uint16_t kArm64 = 183;  // EM_AARCH64

  void SetUp() override {
    write_file(dir_ / "root/bin/hello", elf_bytes({.code = hello_code()}), 0755);
    write_file(dir_ / "root/bin/arm", elf_bytes({.machine = kArm64, .code = "\x1f\x20\x03\xd5"}),
               0755);
    std::string text;
    for (int i = 0; i < 200'000; ++i) text += std::to_string(i * 7919 % 65537) + '\n';
    write_file(dir_ / "root/data", text);
  }

  /// Packs /bin/PROGRAM with the data.
  void pack_into(const std::vector<std::string>& destinations, const std::string& program = "hello",
                 const std::vector<std::string>& more = {}) const {
    std::vector<std::string> arguments = {"--root", "root", "/bin/" + program, "-a",
                                          "/data",  "-t",   "small:v1"};
    for (const std::string& destination : destinations)
      arguments.insert(arguments.end(), {"-o", destination});
    arguments.insert(arguments.end(), more.begin(), more.end());
    ASSERT_TRUE(succeeded(run_pack(arguments)));
  }

  Outcome copy(std::vector<std::string> arguments) const {
    arguments.insert(arguments.begin(), "copy");
    return run_pack(arguments);
  }

  /// A line of shell in the test's folder that must succeed; its output.
  std::string shell(const std::string& line) const {
    const Outcome outcome = run({.argv = {"sh", "-c", line}, .folder = dir_});
    EXPECT_TRUE(succeeded(outcome)) << line;
    return outcome.out;
  }

  /// The manifest's or index's text as skopeo reads it. `image` as skopeo wants it.
  std::string raw(const std::string& image) const { return shell("skopeo inspect --raw " + image); }
  nlohmann::json raw_json(const std::string& image) const {
    return nlohmann::json::parse(raw(image));
  }

  /// `sha256sum` of a text, 64 hex digits.
  std::string sha256_text(const std::string& text) const {
    write_file(dir_ / "text", text);
    return sha256_of(dir_ / "text");
  }
};

}  // namespace pack
