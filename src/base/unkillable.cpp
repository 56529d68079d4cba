#include "base/unkillable.h"

#include <fcntl.h>
#include <sys/prctl.h>
#include <sys/wait.h>
#include <unistd.h>

#include <cerrno>
#include <csignal>
#include <exception>
#include <string>

#include "base/error.h"
#include "base/fd.h"

namespace pack {

namespace {

void report(int pipe, std::string_view text) {
  // The pipe is empty and takes 64 KiB, so one write takes an error's text whole.
  while (::write(pipe, text.data(), text.size()) < 0 && errno == EINTR) {
  }
}

[[noreturn]] void run_detached(const std::function<void()>& work, int pipe) {
  sigset_t all;
  sigfillset(&all);
  ::sigprocmask(SIG_SETMASK, &all, nullptr);
  ::setsid();
  ::prctl(PR_SET_NAME, "pack-publish");
  try {
    work();
  } catch (const std::exception& error) {
    report(pipe, error.what());
    ::_exit(1);
  }
  ::_exit(0);
}

std::string read_to_end(int pipe) {
  std::string text;
  char piece[4096];
  while (true) {
    const ssize_t n = ::read(pipe, piece, sizeof piece);
    if (n > 0) text.append(piece, static_cast<size_t>(n));
    if (n == 0 || (n < 0 && errno != EINTR)) return text;
  }
}

}  // namespace

void run_to_the_end(const std::function<void()>& work) {
  int ends[2];
  if (::pipe2(ends, O_CLOEXEC) != 0) throw_errno("making a pipe");
  const Fd read_end(ends[0]);
  Fd write_end(ends[1]);
  const pid_t child = ::fork();
  if (child < 0) throw_errno("starting the process that gives the output its name");
  if (child == 0) run_detached(work, write_end.get());
  write_end = Fd();  // closed here, so that the child's end is the last
  const std::string failure = read_to_end(read_end.get());
  int status = 0;
  while (::waitpid(child, &status, 0) < 0 && errno == EINTR) {
  }
  if (!failure.empty()) throw Error(failure);
  if (status != 0)
    throw Error("the process that gives the output its name was stopped; run pack again");
}

}  // namespace pack
