#include <csignal>
#include <cstdio>
#include <cstdlib>
#include <exception>
#include <iostream>

#include "cli/command_line.h"

namespace {

int run(int argc, char** argv) {
  try {
    return static_cast<int>(pack::run_command_line(argc, argv));
  } catch (const std::exception& error) {
    std::cerr << "pack: " << error.what() << '\n';
    return static_cast<int>(pack::ExitStatus::failed);
  }
}

}  // namespace

int main(int argc, char** argv) {
  // A reader of our output that goes away is an error to report, not a reason to die silently.
  std::signal(SIGPIPE, SIG_IGN);
  const int status = run(argc, argv);
  // Taking down the libraries' static tables would be a tenth of a small image's time.
  std::cout.flush();
  std::fflush(nullptr);
  std::_Exit(status);
}
