#include "cli/command_line.h"

#include <array>
#include <string>
#include <string_view>
#include <vector>

#include "cli/build_command.h"
#include "cli/copy_command.h"
#include "cli/inspect_command.h"
#include "cli/missing_report.h"
#include "cli/print.h"
#include "cli/symbol_report.h"
#include "cli/tree_command.h"
#include "cli/verify_command.h"
#include "pack.h"

namespace pack {

namespace {

struct Command {
  std::string_view word;
  ExitStatus (*run)(std::vector<std::string> words);
};

constexpr std::array<Command, 4> kCommands = {{{"copy", run_copy_command},
                                               {"inspect", run_inspect_command},
                                               {"tree", run_tree_command},
                                               {"verify", run_verify_command}}};

/// The first word names the command; without one, an image is built.
ExitStatus dispatch(std::vector<std::string> words) {
  for (const Command& command : kCommands) {
    if (words.empty() || words.front() != command.word) continue;
    words.erase(words.begin());
    return command.run(std::move(words));
  }
  return run_build_command(std::move(words));
}

}  // namespace

ExitStatus run_command_line(int argc, char** argv) {
  try {
    return dispatch({argv + (argc > 0), argv + argc});
  } catch (const UsageError& error) {
    return complain(error.what(), ExitStatus::usage);
  } catch (const MissingError& error) {
    print_notes(error.notes(), Paint(Colours::none));
    return complain(std::string(error.what()) + ":\n" +
                        describe_missing(error.missing(), error.hints()) + "nothing was written",
                    ExitStatus::failed);
  } catch (const SymbolError& error) {
    print_notes(error.notes(), Paint(Colours::none));
    return complain(std::string(error.what()) + ":\n" +
                        describe_faults(error.faults(), error.of_base()) + "nothing was written",
                    ExitStatus::failed);
  } catch (const Error& error) {
    return complain(error.what(), ExitStatus::failed);
  }
}

}  // namespace pack
