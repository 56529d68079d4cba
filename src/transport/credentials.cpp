#include "transport/credentials.h"

#include <fcntl.h>
#include <sys/stat.h>
#include <unistd.h>

#include <array>
#include <cerrno>
#include <optional>
#include <vector>

#include "base/error.h"
#include "base/fd.h"
#include "transport/credential_helper.h"
#include "transport/docker_config.h"

namespace pack {

namespace {

constexpr size_t kMaxFile = 4 * 1024 * 1024;

struct Place {
  enum class Kind { named, usual };  ///< a named one must exist
  std::string path;
  Kind kind = Kind::usual;
};

std::vector<Place> places(const Access& access) {
  std::vector<Place> out;
  const auto below = [&](const char* variable, const std::string& rest) {
    const std::string folder = access.variable(variable);
    if (!folder.empty()) out.push_back({folder + rest});
  };
  if (!access.auth_file.empty()) out.push_back({access.auth_file, Place::Kind::named});
  if (!access.variable("DOCKER_CONFIG").empty()) {
    below("DOCKER_CONFIG", "/config.json");
  } else {
    below("HOME", "/.docker/config.json");
  }
  below("REGISTRY_AUTH_FILE", "");
  below("XDG_RUNTIME_DIR", "/containers/auth.json");
  below("HOME", "/.config/containers/auth.json");
  return out;
}

/// Nothing when there is no such file.
std::optional<std::string> read_config(const Place& place) {
  // Without O_NONBLOCK, a FIFO of that name would hang.
  const Fd file(::open(place.path.c_str(), O_RDONLY | O_CLOEXEC | O_NONBLOCK));
  const bool is_missing = !file && (errno == ENOENT || errno == ENOTDIR);
  if (is_missing && place.kind == Place::Kind::usual) return std::nullopt;
  if (!file) throw_errno("reading the logins in " + quoted(place.path));
  struct stat st {};
  if (::fstat(file.get(), &st) != 0 || !S_ISREG(st.st_mode))
    throw Error("reading the logins in " + quoted(place.path) + ": it is no regular file");
  std::string out;
  std::array<char, 16384> piece{};
  while (true) {
    const ssize_t n = ::read(file.get(), piece.data(), piece.size());
    if (n < 0 && errno == EINTR) continue;
    if (n < 0) throw_errno("reading the logins in " + quoted(place.path));
    if (n == 0) return out;
    out.append(piece.data(), static_cast<size_t>(n));
    if (out.size() > kMaxFile)
      throw Error("reading the logins in " + quoted(place.path) + ": it is larger than 4 MiB");
  }
}

/// The registry as helpers know it.
std::string server_of(const Repository& repository) {
  return repository.domain == "docker.io" ? "https://index.docker.io/v1/" : repository.domain;
}

std::optional<Credentials> ask(const std::string& helper, const Repository& repository,
                               const Access& access) {
  if (helper.empty()) return std::nullopt;
  return ask_credential_helper(
      {.name = helper, .server = server_of(repository), .environment = access.environment});
}

std::optional<Credentials> login_in(const DockerConfig& config, const Repository& repository,
                                    const Access& access) {
  const std::string own = most_specific(config.helpers, repository).value_or("");
  if (auto found = ask(own, repository, access)) return found;
  if (config.store != own)
    if (auto found = ask(config.store, repository, access)) return found;
  return most_specific(config.logins, repository);
}

}  // namespace

Credentials find_credentials(const Repository& repository, const Access& access) {
  for (const Place& place : places(access)) {
    const std::optional<std::string> text = read_config(place);
    if (!text) continue;
    const DockerConfig config = parse_docker_config(*text, place.path);
    if (const auto found = login_in(config, repository, access)) return *found;
  }
  return {};
}

}  // namespace pack
