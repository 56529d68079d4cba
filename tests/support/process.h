#pragma once

#include <sys/resource.h>
#include <sys/types.h>

#include <filesystem>
#include <map>
#include <optional>
#include <ostream>
#include <string>
#include <vector>

namespace pack {

/// A program to run, as a test states it. argv[0] is looked up on PATH.
struct Command {
  std::vector<std::string> argv;
  /// Changes to the environment of the test itself; no value: the variable is removed.
  std::map<std::string, std::optional<std::string>> environment = {};
  std::filesystem::path folder = {};  ///< working directory; empty: that of the test
  std::string input = {};             ///< what it reads on stdin
  std::optional<mode_t> umask = {};
  std::optional<uid_t> user = {};  ///< user and group id to run as; needs root
  std::vector<std::pair<__rlimit_resource, rlim_t>> limits = {};
  double timeout_seconds = 60;
};

/// How it ended. Either `status` or `signal` says so; a timeout ends with SIGKILL.
struct Outcome {
  int status = -1;  ///< exit status; -1 when it did not exit by itself
  int signal = 0;   ///< the signal that ended it; 0: none
  bool timed_out = false;
  double seconds = 0;      ///< by the clock
  double cpu_seconds = 0;  ///< of processors: the same on a busy machine
  long peak_kib = 0;       ///< largest resident memory, at least that of the test itself
  std::string out;
  std::string err;
};

std::ostream& operator<<(std::ostream& stream, const Outcome& outcome);

/// In a process group of its own. Ended, if need be, when this goes.
class StartedProcess {
 public:
  /// Starts it. Throws std::system_error when no process can be made; a program that cannot be
  /// executed ends with status 127.
  explicit StartedProcess(const Command& command);
  ~StartedProcess();
  StartedProcess(const StartedProcess&) = delete;
  StartedProcess& operator=(const StartedProcess&) = delete;

  pid_t id() const { return id_; }
  void send(int signal) const;
  /// To its children too, as a terminal does for Ctrl-C.
  void send_to_group(int signal) const;
  /// True when it has ended within that time.
  bool ends_within(double seconds) const;
  /// Waits for the end, at most the command's timeout, and collects the outcome. Call once.
  Outcome wait();

 private:
  pid_t id_ = -1;
  int handle_ = -1;  ///< pidfd: readable when the process has ended
  int out_ = -1;
  int err_ = -1;
  double timeout_seconds_;
  double started_;
};

Outcome run(const Command& command);

/// Seconds of a clock that only goes forward.
double now();

}  // namespace pack
