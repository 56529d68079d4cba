#include "support/process.h"

#include <fcntl.h>
#include <grp.h>
#include <poll.h>
#include <signal.h>
#include <sys/mman.h>
#include <sys/prctl.h>
#include <sys/stat.h>
#include <sys/syscall.h>
#include <sys/wait.h>
#include <unistd.h>

#include <chrono>
#include <system_error>

namespace pack {
namespace {

// Output goes to memory files instead of pipes: nothing has to be drained while a process runs,
// so a test may stop it, kill it or look at it at any moment.
int memory_file(const std::string& content) {
  int file = memfd_create("e2e", MFD_CLOEXEC);
  if (file < 0) throw std::system_error(errno, std::generic_category(), "memfd_create");
  for (size_t done = 0; done < content.size();) {
    ssize_t n = write(file, content.data() + done, content.size() - done);
    if (n <= 0) throw std::system_error(errno, std::generic_category(), "write to a memory file");
    done += static_cast<size_t>(n);
  }
  lseek(file, 0, SEEK_SET);
  return file;
}

std::string content_of(int file) {
  struct stat status = {};
  fstat(file, &status);
  std::string content(static_cast<size_t>(status.st_size), '\0');
  size_t done = 0;
  while (done < content.size()) {
    ssize_t n = pread(file, content.data() + done, content.size() - done, static_cast<off_t>(done));
    if (n <= 0) break;
    done += static_cast<size_t>(n);
  }
  content.resize(done);
  return content;
}

std::vector<std::string> environment_of(const Command& command) {
  std::vector<std::string> result;
  for (char** entry = environ; *entry; ++entry) {
    std::string text = *entry;
    if (!command.environment.contains(text.substr(0, text.find('=')))) result.push_back(text);
  }
  for (const auto& [name, value] : command.environment)
    if (value) result.push_back(name + "=" + *value);
  return result;
}

std::vector<char*> pointers(const std::vector<std::string>& texts) {
  std::vector<char*> result;
  for (const std::string& text : texts) result.push_back(const_cast<char*>(text.c_str()));
  result.push_back(nullptr);
  return result;
}

// Between fork and exec, in the child: system calls only.
[[noreturn]] void become(const Command& command, char* const* argv, char* const* environment,
                         int in, int out, int err) {
  setpgid(0, 0);
  prctl(PR_SET_PDEATHSIG, SIGTERM);  // nothing outlives a test that crashes
  bool ready = dup2(in, 0) == 0 && dup2(out, 1) == 1 && dup2(err, 2) == 2;
  if (!command.folder.empty()) ready = ready && chdir(command.folder.c_str()) == 0;
  if (command.umask) umask(*command.umask);
  for (const auto& [resource, value] : command.limits) {
    const rlimit limit = {value, value};
    ready = ready && setrlimit(resource, &limit) == 0;
  }
  if (command.user) {
    ready = ready && setgroups(0, nullptr) == 0 &&
            setresgid(*command.user, *command.user, *command.user) == 0 &&
            setresuid(*command.user, *command.user, *command.user) == 0;
  }
  if (ready) execvpe(argv[0], argv, environment);
  dprintf(2, "cannot start %s: error %d\n", argv[0], errno);
  _exit(127);
}

}  // namespace

double now() {
  return std::chrono::duration<double>(std::chrono::steady_clock::now().time_since_epoch()).count();
}

StartedProcess::StartedProcess(const Command& command)
    : timeout_seconds_(command.timeout_seconds), started_(now()) {
  const std::vector<std::string> environment = environment_of(command);
  const std::vector<char*> argv = pointers(command.argv);
  const std::vector<char*> envp = pointers(environment);
  const int in = memory_file(command.input);
  out_ = memory_file("");
  err_ = memory_file("");
  id_ = fork();
  if (id_ == 0) become(command, argv.data(), envp.data(), in, out_, err_);
  close(in);
  if (id_ < 0) throw std::system_error(errno, std::generic_category(), "fork");
  setpgid(id_, id_);  // here too: whoever comes first
  handle_ = static_cast<int>(syscall(SYS_pidfd_open, id_, 0));
  if (handle_ < 0) throw std::system_error(errno, std::generic_category(), "pidfd_open");
}

StartedProcess::~StartedProcess() {
  if (id_ > 0) {
    kill(-id_, SIGKILL);
    waitpid(id_, nullptr, 0);
  }
  close(handle_);
  close(out_);
  close(err_);
}

void StartedProcess::send(int signal) const { kill(id_, signal); }

void StartedProcess::send_to_group(int signal) const { kill(-id_, signal); }

bool StartedProcess::ends_within(double seconds) const {
  pollfd wanted = {handle_, POLLIN, 0};
  return poll(&wanted, 1, static_cast<int>(seconds * 1000)) == 1;
}

Outcome StartedProcess::wait() {
  Outcome outcome;
  const double left = started_ + timeout_seconds_ - now();
  if (!ends_within(left > 0 ? left : 0)) {
    outcome.timed_out = true;
    kill(-id_, SIGKILL);  // with the children that it waits for
  }
  int status = 0;
  rusage usage = {};
  wait4(id_, &status, 0, &usage);
  outcome.peak_kib = usage.ru_maxrss;
  for (const timeval& time : {usage.ru_utime, usage.ru_stime})
    outcome.cpu_seconds +=
        static_cast<double>(time.tv_sec) + static_cast<double>(time.tv_usec) / 1e6;
  id_ = -1;
  outcome.seconds = now() - started_;
  if (WIFEXITED(status)) outcome.status = WEXITSTATUS(status);
  if (WIFSIGNALED(status)) outcome.signal = WTERMSIG(status);
  outcome.out = content_of(out_);
  outcome.err = content_of(err_);
  return outcome;
}

Outcome run(const Command& command) { return StartedProcess(command).wait(); }

std::ostream& operator<<(std::ostream& stream, const Outcome& outcome) {
  auto shown = [](const std::string& text) {
    return text.size() > 4000 ? text.substr(0, 4000) + "..." : text;
  };
  stream << "exit status " << outcome.status << ", signal " << outcome.signal
         << (outcome.timed_out ? ", timed out" : "") << "\nstdout: " << shown(outcome.out)
         << "\nstderr: " << shown(outcome.err);
  return stream;
}

}  // namespace pack
