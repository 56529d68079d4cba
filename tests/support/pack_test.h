#pragma once

#include <gtest/gtest.h>

#include <filesystem>
#include <map>
#include <string>
#include <string_view>
#include <vector>

#include "support/process.h"
#include "support/require.h"
#include "support/temp_dir.h"

namespace pack {

/// This build runs under AddressSanitizer, whose memory is not pack's.
#if defined(__SANITIZE_ADDRESS__)
inline constexpr bool kSanitized = true;
#else
inline constexpr bool kSanitized = false;
#endif

/// The binary under test, of the same build.
std::filesystem::path pack_binary();

/// A test that runs the real `pack` in a folder of its own.
class PackTest : public ::testing::Test {
 protected:
  /// `pack ARGUMENTS...` in the test's folder, with an environment that no developer's settings
  /// reach (locale C, no SOURCE_DATE_EPOCH, no LD_LIBRARY_PATH).
  Command pack_command(const std::vector<std::string>& arguments) const;
  Outcome run_pack(const std::vector<std::string>& arguments) const;

  /// Packs into DIR/NAME as files and returns that folder; a failure of pack fails the test.
  std::filesystem::path rootfs(std::vector<std::string> arguments,
                               const std::string& name = "rootfs") const;

  TempDir temp_;
  const std::filesystem::path& dir_ = temp_.path();
};

/// It ended with exit status 0.
::testing::AssertionResult succeeded(const Outcome& outcome);

/// It ended with that exit status, stdout is empty, and stderr is a message that holds each text.
::testing::AssertionResult refused(const Outcome& outcome, int status,
                                   const std::vector<std::string>& texts = {});

/// What is in a folder, names only, sorted; for "and nothing else".
std::vector<std::string> names_in(const std::filesystem::path& folder);

/// What a killed pack leaves in `folder` is `older` or `complete`; a helper process of pack may
/// still be tidying up for a moment (at most 5 seconds).
bool becomes_one_of(const std::filesystem::path& folder,
                    const std::map<std::string, std::string>& older,
                    const std::map<std::string, std::string>& complete);

bool contains(std::string_view text, std::string_view part);

}  // namespace pack
