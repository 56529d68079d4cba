// Any file is logins, or an Error that shows no secret: whatever is a password in the good file
// below is in no message that a bad one behind it gives.

#include "base/base64.h"
#include "base/error.h"
#include "transport/docker_config.h"

namespace {

void check(std::string_view text) {
  const pack::DockerConfig config = pack::parse_docker_config(text, "config.json");
  for (const auto& [registry, login] : config.logins) {
    if (login.empty() || registry.find("://") == 0) __builtin_trap();
    const auto found = pack::most_specific(config.logins, {registry, "name"});
    if (!found || !(*found == login)) __builtin_trap();
  }
  for (const auto& [registry, helper] : config.helpers)
    if (registry == "index.docker.io") __builtin_trap();
}

void check_message(std::string_view text, std::string_view secret) {
  try {
    pack::parse_docker_config(text, "config.json");
  } catch (const pack::Error& error) {
    if (std::string_view(error.what()).find(secret) != std::string_view::npos) __builtin_trap();
  }
}

}  // namespace

extern "C" int LLVMFuzzerTestOneInput(const uint8_t* data, size_t size) {
  const std::string_view text(reinterpret_cast<const char*>(data), size);
  try {
    check(text);
  } catch (const pack::Error&) {
  }
  static constexpr std::string_view kSecret = "kept-from-everybody";
  const std::string start =
      R"({"auths":{"a":{"password":")" + std::string(kSecret) + R"(","auth":)";
  check_message(start + std::string(text), kSecret);
  check_message(start + "\"" + pack::base64_encode(kSecret) + "\"" + std::string(text), kSecret);
  if (const auto bytes = pack::base64_decode(text))
    if (pack::base64_decode(pack::base64_encode(*bytes)) != bytes) __builtin_trap();
  return 0;
}
