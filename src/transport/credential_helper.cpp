#include "transport/credential_helper.h"

#include <fcntl.h>
#include <poll.h>
#include <spawn.h>
#include <sys/syscall.h>
#include <sys/wait.h>
#include <unistd.h>

#include <algorithm>
#include <array>
#include <cerrno>
#include <csignal>
#include <nlohmann/json.hpp>
#include <vector>

#include "base/error.h"
#include "base/fd.h"

namespace pack {

namespace {

using Clock = std::chrono::steady_clock;
using Json = nlohmann::json;

constexpr size_t kMaxAnswer = 1024 * 1024;
constexpr std::string_view kNothingKept = "credentials not found in native keychain";

void require_plain_name(const std::string& name) {
  const auto plain = [](char c) {
    return (c >= 'a' && c <= 'z') || (c >= 'A' && c <= 'Z') || (c >= '0' && c <= '9') || c == '.' ||
           c == '_' || c == '-';
  };
  if (name.empty() || !std::all_of(name.begin(), name.end(), plain))
    throw Error("the credential helper " + quoted(name) +
                " of the Docker configuration has a name that no helper can have; use letters, "
                "digits, '.', '_' and '-'");
}

std::string find_program(const std::string& program, const HelperQuestion& question) {
  const auto path = question.environment.find("PATH");
  std::string_view rest = path == question.environment.end() ? "" : std::string_view(path->second);
  while (!rest.empty()) {
    const std::string folder(rest.substr(0, rest.find(':')));
    rest.remove_prefix(std::min(rest.size(), folder.size() + 1));
    // Nothing of the current folder, which may be anybody's.
    std::string file = folder + "/" + program;
    if (folder.starts_with('/') && ::access(file.c_str(), X_OK) == 0) return file;
  }
  throw Error("the credential helper " + program +
              ", which the Docker configuration names, is not on PATH; install it or log in "
              "without it");
}

struct Pipe {
  Pipe() {
    std::array<int, 2> ends{};
    if (::pipe2(ends.data(), O_CLOEXEC) != 0) throw_errno("making a pipe");
    out = Fd(ends[0]);
    in = Fd(ends[1]);
  }
  Fd out;
  Fd in;
};

/// The attributes of posix_spawn(3): signals as a shell would leave them, whatever this thread has.
class SpawnRules {
 public:
  SpawnRules(const Fd& input, const Fd& output) {
    ::posix_spawn_file_actions_init(&files_);
    ::posix_spawn_file_actions_adddup2(&files_, input.get(), STDIN_FILENO);
    ::posix_spawn_file_actions_adddup2(&files_, output.get(), STDOUT_FILENO);
    ::posix_spawn_file_actions_addopen(&files_, STDERR_FILENO, "/dev/null", O_WRONLY, 0);
    ::posix_spawn_file_actions_addclosefrom_np(&files_, 3);
    ::posix_spawnattr_init(&attributes_);
    sigset_t signals;
    sigemptyset(&signals);
    ::posix_spawnattr_setsigmask(&attributes_, &signals);
    sigaddset(&signals, SIGPIPE);
    ::posix_spawnattr_setsigdefault(&attributes_, &signals);
    ::posix_spawnattr_setflags(
        &attributes_, POSIX_SPAWN_SETSIGMASK | POSIX_SPAWN_SETSIGDEF | POSIX_SPAWN_SETPGROUP);
  }
  ~SpawnRules() {
    ::posix_spawn_file_actions_destroy(&files_);
    ::posix_spawnattr_destroy(&attributes_);
  }
  SpawnRules(const SpawnRules&) = delete;
  SpawnRules& operator=(const SpawnRules&) = delete;

  const posix_spawn_file_actions_t* files() const { return &files_; }
  const posix_spawnattr_t* attributes() const { return &attributes_; }

 private:
  posix_spawn_file_actions_t files_;
  posix_spawnattr_t attributes_;
};

/// The helper while it runs; none is left behind.
class Helper {
 public:
  Helper(const HelperQuestion& question, const std::string& program)
      : program_(program), until_(Clock::now() + question.patience) {
    const std::string file = find_program(program, question);
    Pipe input;
    // A pipe takes 64 KiB, and its reading end is still ours: this neither waits nor breaks.
    if (question.server.size() > 4096 ||
        ::write(input.in.get(), question.server.data(), question.server.size()) !=
            static_cast<ssize_t>(question.server.size()))
      throw Error("the name of the registry is too long for a credential helper");
    Pipe output;
    start(file, question, SpawnRules(input.out, output.in));
    answer_ = std::move(output.out);
  }

  ~Helper() {
    if (id_ <= 0) return;
    ::kill(-id_, SIGKILL);  // with what it has started
    while (::waitpid(id_, nullptr, 0) < 0 && errno == EINTR) {
    }
  }
  Helper(const Helper&) = delete;
  Helper& operator=(const Helper&) = delete;

  std::string answer() {
    std::string out;
    std::array<char, 4096> piece{};
    while (true) {
      wait_for(answer_.get());
      const ssize_t n = ::read(answer_.get(), piece.data(), piece.size());
      if (n < 0 && errno == EINTR) continue;
      if (n < 0) throw_errno("reading the answer of " + program_);
      if (n == 0) return out;
      out.append(piece.data(), static_cast<size_t>(n));
      if (out.size() > kMaxAnswer)
        throw Error("the credential helper " + program_ + " answers more than 1 MiB; repair it");
    }
  }

  /// As waitpid(2) gives it.
  int status() {
    // pidfd_open(2): glibc 2.36 declares it for C alone.
    const Fd ended(static_cast<int>(::syscall(SYS_pidfd_open, id_, 0)));
    if (!ended) throw_errno("waiting for " + program_);
    wait_for(ended.get());
    int status = 0;
    while (::waitpid(id_, &status, 0) < 0 && errno == EINTR) {
    }
    id_ = -1;
    return status;
  }

 private:
  void start(const std::string& file, const HelperQuestion& question, const SpawnRules& rules) {
    std::vector<std::string> texts = {program_, "get"};
    for (const auto& [name, value] : question.environment) texts.push_back(name + "=" + value);
    std::vector<char*> words;
    words.reserve(texts.size() + 1);
    for (std::string& text : texts) words.push_back(text.data());
    words.push_back(nullptr);
    std::vector<char*> variables(words.begin() + 2, words.end());
    words[2] = nullptr;
    const int error = ::posix_spawn(&id_, file.c_str(), rules.files(), rules.attributes(),
                                    words.data(), variables.data());
    errno = error;
    if (error != 0) {
      id_ = -1;
      throw_errno("starting the credential helper " + quoted(file));
    }
  }

  void wait_for(int fd) const {
    while (true) {
      const auto left = std::chrono::ceil<std::chrono::milliseconds>(until_ - Clock::now());
      if (left.count() <= 0)
        throw Error("the credential helper " + program_ +
                    " does not come to an end and was stopped; see what it waits for with `" +
                    program_ + " get`");
      pollfd ready{.fd = fd, .events = POLLIN, .revents = 0};
      if (::poll(&ready, 1, static_cast<int>(left.count())) > 0) return;
    }
  }

  const std::string& program_;
  Clock::time_point until_;
  pid_t id_ = -1;
  Fd answer_;
};

Credentials parse_answer(const std::string& program, const std::string& answer) {
  const Json json = Json::parse(answer, nullptr, false);
  const auto text = [&](const char* name) {
    const auto found = json.is_object() ? json.find(name) : json.end();
    if (found == json.end() || !found->is_string())
      throw Error("the credential helper " + program +
                  " answers with something else than a user name and a secret; repair it");
    return found->get<std::string>();
  };
  const std::string username = text("Username");
  if (username == "<token>") return {.identity_token = text("Secret")};
  return {.username = username, .password = text("Secret")};
}

}  // namespace

std::optional<Credentials> ask_credential_helper(const HelperQuestion& question) {
  require_plain_name(question.name);
  const std::string program = "docker-credential-" + question.name;
  Helper helper(question, program);
  const std::string answer = helper.answer();
  const int status = helper.status();
  if (status == 0) return parse_answer(program, answer);
  if (answer.find(kNothingKept) != answer.npos) return std::nullopt;
  throw Error("the credential helper " + program + " failed " +
              (WIFEXITED(status) ? "with exit status " + std::to_string(WEXITSTATUS(status))
                                 : "by signal " + std::to_string(WTERMSIG(status))) +
              "; to see why, run `echo " + quoted(question.server) + " | " + program + " get`");
}

}  // namespace pack
