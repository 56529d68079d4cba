#include "base/janitor.h"

#include <fcntl.h>
#include <sys/prctl.h>
#include <sys/wait.h>
#include <unistd.h>

#include <cerrno>
#include <csignal>
#include <filesystem>
#include <system_error>

#include "base/error.h"

namespace pack {

namespace {

// Keeps nothing of the parent but the pipe: neither its files nor its terminal nor its folder.
[[noreturn]] void wait_and_remove(int alive, const std::string& path) {
  sigset_t all;
  sigfillset(&all);
  ::sigprocmask(SIG_SETMASK, &all, nullptr);
  ::prctl(PR_SET_NAME, "pack-janitor");
  if (::dup2(alive, 0) != 0 || ::close_range(1, ~0U, 0) != 0 || ::chdir("/") != 0) ::_exit(1);
  char nothing;
  while (::read(0, &nothing, 1) < 0 && errno == EINTR) {
  }
  remove_tree(path);
  ::_exit(0);
}

bool remove_below(const std::filesystem::path& path) {
  namespace fs = std::filesystem;
  const fs::file_status status = fs::symlink_status(path);
  if (!fs::exists(status)) return true;
  if (fs::is_directory(status)) {
    std::error_code ignored;
    fs::permissions(path, fs::perms::owner_all, fs::perm_options::add, ignored);
    for (const fs::directory_entry& entry : fs::directory_iterator(path))
      remove_below(entry.path());
  }
  return fs::remove(path);
}

}  // namespace

Janitor::Janitor(const std::string& path) {
  int ends[2];
  if (::pipe2(ends, O_CLOEXEC) != 0) throw_errno("making a pipe");
  const Fd read_end(ends[0]);
  alive_ = Fd(ends[1]);
  const pid_t child = ::fork();
  if (child < 0) throw_errno("starting a process that tidies up");
  if (child == 0) {
    // A grandchild in a session of its own: no signal of the terminal meets it, nobody waits for
    // it.
    ::setsid();
    const pid_t grandchild = ::fork();
    if (grandchild == 0) wait_and_remove(ends[0], path);
    ::_exit(grandchild < 0 ? 1 : 0);
  }
  int status = 0;
  while (::waitpid(child, &status, 0) < 0 && errno == EINTR) {
  }
  if (status != 0) throw Error("a process that tidies up could not be started; free some memory");
}

bool remove_tree(const std::string& path) noexcept {
  try {
    return remove_below(path);
  } catch (const std::exception&) {
    return false;
  }
}

}  // namespace pack
