#include "transport/engine_api.h"

#include <unistd.h>

#include <array>
#include <charconv>
#include <nlohmann/json.hpp>
#include <sstream>

#include "base/error.h"

namespace pack {

namespace {

using Json = nlohmann::json;

constexpr size_t kAnswerLimit = 4 * 1024 * 1024;
constexpr size_t kShownOfMessage = 500;
/// The oldest Docker whose engine reads layers that zstd compressed.
constexpr unsigned kFirstDockerWithZstd = 23;

std::string text_member(const Json& json, const char* name) {
  const auto found = json.is_object() ? json.find(name) : json.end();
  return json.is_object() && found != json.end() && found->is_string() ? found->get<std::string>()
                                                                       : std::string();
}

/// A message by somebody else, on one line.
std::string shown(std::string text) {
  while (text.ends_with('\n') || text.ends_with('\r')) text.pop_back();
  return quoted(text.substr(0, kShownOfMessage));
}

/// Where Podman's socket is, if it is there: its users have DOCKER_HOST to set.
std::string podman_socket(const Access& access) {
  const std::string own = access.variable("XDG_RUNTIME_DIR") + "/podman/podman.sock";
  for (const std::string& path : {own, std::string("/run/podman/podman.sock")})
    if (::access(path.c_str(), F_OK) == 0) return path;
  return {};
}

[[noreturn]] void throw_unreachable(const EngineEndpoint& engine, const Access& access,
                                    const HttpError& error) {
  std::string advice = "start it, or name another with DOCKER_HOST";
  if (const std::string podman = podman_socket(access); !podman.empty())
    advice = "for Podman's, set DOCKER_HOST=unix://" + quoted(podman);
  if (!engine.socket.empty() && ::access(engine.socket.c_str(), F_OK) == 0 &&
      ::access(engine.socket.c_str(), W_OK) != 0)
    advice = "you may not use its socket; the group \"docker\" or root may";
  throw Error("the Docker engine at " + quoted(engine.name) + " does not answer (" + error.what() +
              "); " + advice);
}

/// The number at the start of "20.10.24"; 0 when there is none.
unsigned major_version(const std::string& text) {
  unsigned major = 0;
  std::from_chars(text.data(), text.data() + text.size(), major);
  return major;
}

bool is_podman(const Json& version) {
  const auto components = version.find("Components");
  if (components == version.end() || !components->is_array()) return false;
  for (const Json& component : *components)
    if (text_member(component, "Name").starts_with("Podman")) return true;
  return false;
}

std::string read_answer(HttpClient::Download& answer) {
  std::string text;
  std::array<std::byte, 16 * 1024> piece;
  while (const size_t count = answer.body(piece)) {
    if (text.size() + count > kAnswerLimit) throw HttpError("its answer is too long");
    text.append(reinterpret_cast<const char*>(piece.data()), count);
  }
  return text;
}

/// Of one message of the stream: the error that it reports; empty when it is none.
std::string error_of(const Json& message) {
  const auto detail = message.is_object() ? message.find("errorDetail") : message.end();
  const std::string text =
      message.is_object() && detail != message.end() ? text_member(*detail, "message") : "";
  return text.empty() ? text_member(message, "error") : text;
}

/// The messages are JSON values, one behind the other.
bool says_loaded(const std::string& stream, const std::string& what) {
  std::istringstream in(stream);
  bool is_loaded = false;
  while ((in >> std::ws).peek() != std::istringstream::traits_type::eof()) {
    Json message;
    in >> message;
    if (const std::string error = error_of(message); !error.empty())
      throw Error(what + ": " + shown(error));
    is_loaded |= text_member(message, "stream").find("Loaded image") != std::string::npos;
  }
  return is_loaded;
}

}  // namespace

void throw_engine_error(const std::string& what, const HttpResponse& response) {
  const std::string message = text_member(Json::parse(response.body, nullptr, false), "message");
  throw Error(
      what + ": " +
      (message.empty() ? "HTTP status " + std::to_string(response.status) : shown(message)));
}

EngineFacts ask_engine(const EngineEndpoint& engine, const Access& access) {
  HttpRequest request{.url = engine.root};
  request.url.target = "/version";
  HttpResponse response;
  try {
    response = HttpClient(engine.connect(Patience{})).send(request, kAnswerLimit);
  } catch (const HttpError& error) {
    throw_unreachable(engine, access, error);
  }
  if (response.status != 200)
    throw_engine_error("the Docker engine at " + quoted(engine.name) + " refuses", response);
  const Json version = Json::parse(response.body, nullptr, false);
  const Platform platform{text_member(version, "Os"), text_member(version, "Arch"), ""};
  if (platform.architecture.empty())
    throw Error("what answers at " + quoted(engine.name) +
                " is no Docker engine; name one with DOCKER_HOST");
  return {platform, is_podman(version) ||
                        major_version(text_member(version, "Version")) >= kFirstDockerWithZstd};
}

void require_loaded(HttpClient::Download answer, const EngineEndpoint& engine) {
  const std::string what =
      "the Docker engine at " + quoted(engine.name) + " does not load the image";
  try {
    answer.response.body = read_answer(answer);
    if (answer.response.status != 200) throw_engine_error(what, answer.response);
    if (!says_loaded(answer.response.body, what)) throw Error(what + ", and does not say why");
  } catch (const HttpError& error) {
    throw Error(what + ": " + error.what());
  } catch (const Json::exception&) {
    throw Error(what + ": it answers with something that is not JSON");
  }
}

}  // namespace pack
