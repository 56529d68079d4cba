#include "support/pack_test.h"

#include <unistd.h>

#include <algorithm>

namespace pack {
namespace fs = std::filesystem;

fs::path pack_binary() { return PACK_BINARY; }

Command PackTest::pack_command(const std::vector<std::string>& arguments) const {
  Command command;
  command.argv.push_back(pack_binary().string());
  command.argv.insert(command.argv.end(), arguments.begin(), arguments.end());
  // A sanitizer's report is no error of pack's: it has an exit status of its own.
  command.environment = {{"ASAN_OPTIONS", "exitcode=99"},
                         {"UBSAN_OPTIONS", "exitcode=99"},
                         {"LC_ALL", "C"},
                         {"SOURCE_DATE_EPOCH", std::nullopt},
                         {"LD_LIBRARY_PATH", std::nullopt}};
  command.folder = dir_;
  return command;
}

Outcome PackTest::run_pack(const std::vector<std::string>& arguments) const {
  return run(pack_command(arguments));
}

fs::path PackTest::rootfs(std::vector<std::string> arguments, const std::string& name) const {
  const fs::path folder = dir_ / name;
  const auto end_of_options = std::find(arguments.begin(), arguments.end(), "--");
  arguments.insert(end_of_options, {"-o", "rootfs:" + folder.string()});
  EXPECT_TRUE(succeeded(run_pack(arguments)));
  return folder;
}

::testing::AssertionResult succeeded(const Outcome& outcome) {
  if (outcome.status == 0) return ::testing::AssertionSuccess();
  return ::testing::AssertionFailure() << outcome;
}

::testing::AssertionResult refused(const Outcome& outcome, int status,
                                   const std::vector<std::string>& texts) {
  if (outcome.status != status)
    return ::testing::AssertionFailure() << "wanted exit status " << status << ", got " << outcome;
  if (!outcome.out.empty())
    return ::testing::AssertionFailure() << "an error leaves stdout empty, got " << outcome;
  // "pack: " and a few words at least, and a whole last line.
  if (outcome.err.size() < 15 || outcome.err.back() != '\n')
    return ::testing::AssertionFailure() << "wanted a sentence on stderr, got " << outcome;
  for (const std::string& text : texts)
    if (!contains(outcome.err, text))
      return ::testing::AssertionFailure()
             << "wanted \"" << text << "\" on stderr, got " << outcome;
  return ::testing::AssertionSuccess();
}

std::vector<std::string> names_in(const fs::path& folder) {
  std::vector<std::string> names;
  for (const fs::directory_entry& entry : fs::directory_iterator(folder))
    names.push_back(entry.path().filename().string());
  std::sort(names.begin(), names.end());
  return names;
}

bool becomes_one_of(const fs::path& folder, const std::map<std::string, std::string>& older,
                    const std::map<std::string, std::string>& complete) {
  for (const double end = now() + 5; now() < end; usleep(5000)) {
    try {
      const std::map<std::string, std::string> tree = tree_of(folder);
      if (tree == older || tree == complete) return true;
    } catch (const std::exception&) {  // a file went while it was looked at
    }
  }
  return false;
}

bool contains(std::string_view text, std::string_view part) {
  return text.find(part) != std::string_view::npos;
}

}  // namespace pack
