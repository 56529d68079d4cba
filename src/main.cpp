#include <csignal>
#include <exception>
#include <iostream>

#include "cli/command_line.h"

int main(int argc, char** argv) {
  // A reader of our output that goes away is an error to report, not a reason to die silently.
  std::signal(SIGPIPE, SIG_IGN);
  try {
    return static_cast<int>(pack::run_command_line(argc, argv));
  } catch (const std::exception& error) {
    std::cerr << "pack: " << error.what() << '\n';
    return static_cast<int>(pack::ExitStatus::failed);
  }
}
