#pragma once

#include <algorithm>
#include <filesystem>
#include <map>
#include <string>
#include <vector>

#include "support/pack_test.h"
#include "support/raw_tar.h"
#include "support/small_elf.h"
#include "transport/hand_made_image.h"

namespace pack {

/// Tests that give the real pack an image that was made to hurt, as OCI layout, by every command
/// that reads it. pack works in `work`, some folders below the test's own, so that what it might
/// write outside would be seen; temporary files go to `spools`.
class HostileImageTest : public PackTest {
 protected:
  static constexpr long kMostKib = 64 * 1024;

  void SetUp() override {
    write_file(dir_ / "root/bin/hello", elf_bytes({.code = hello_code()}), 0755);
    write_file(dir_ / "a/outside/victim", "untouched");
    std::filesystem::create_directories(dir_ / "a/work");
    std::filesystem::create_directories(dir_ / "spools");
  }

  /// An image whose one layer is these bytes, said to be of that type and to unpack to `diff_id`
  /// (empty: the layer's own digest).
  void image_of_layer(const std::string& layer, const std::string& packing = "",
                      const std::string& diff_id = "") const {
    const test::Described stored = image_.blob(image_.types("layer.v1.tar" + packing), layer);
    image_of_config(image_.config({diff_id.empty() ? stored.digest : diff_id}), {stored});
  }

  void image_of_config(const std::string& config,
                       const std::vector<test::Described>& layers) const {
    image_.layout({image_.blob(
        image_.types("manifest.v1+json"),
        image_.manifest(image_.blob(image_.types("config.v1+json"), config), layers))});
  }

  std::string image() const { return "oci:" + image_.path().string(); }

  Outcome run_bounded(const std::vector<std::string>& arguments) const {
    Command command = pack_command(arguments);
    command.folder = dir_ / "a/work";
    command.timeout_seconds = 300;
    command.environment["TMPDIR"] = (dir_ / "spools").string();
    const Outcome outcome = run(command);
    EXPECT_LT(outcome.cpu_seconds, kSanitized ? 5 * seconds_ : seconds_) << outcome;
    if (!kSanitized) {
      EXPECT_LT(outcome.peak_kib, kMostKib) << outcome;
    }
    EXPECT_TRUE(names_in(dir_ / "spools").empty());
    return outcome;
  }

  Outcome copy_files() const { return run_bounded({"copy", image(), "rootfs:out"}); }
  Outcome inspect() const { return run_bounded({"inspect", "--files", image()}); }
  Outcome verify() const { return run_bounded({"verify", image()}); }
  Outcome build_over(const std::vector<std::string>& more = {}) const {
    std::vector<std::string> arguments = {
        "--root", (dir_ / "root").string(), "/bin/hello", "--base", image(), "-o", "made.tar"};
    arguments.insert(arguments.end(), more.begin(), more.end());
    return run_bounded(arguments);
  }

  /// Everything of the test but what pack was asked to write.
  std::map<std::string, std::string> outside() const {
    std::map<std::string, std::string> out = tree_of(dir_);
    std::erase_if(out, [](const auto& it) { return it.first.starts_with("a/work/"); });
    return out;
  }

  /// Refused, by one sentence that holds the text, and nothing was written at all.
  void expect_refused(const Outcome& outcome, const std::string& text) const {
    EXPECT_TRUE(refused(outcome, 1, {text}));
    EXPECT_EQ(std::count(outcome.err.begin(), outcome.err.end(), '\n'), 1) << outcome;
    EXPECT_TRUE(names_in(dir_ / "a/work").empty());
  }

  test::HandMadeImage image_;
  double seconds_ = 20;  ///< of processors, that a run may take
};

}  // namespace pack
