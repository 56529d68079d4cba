#pragma once

#include <string>
#include <string_view>
#include <utility>
#include <vector>

namespace pack {

// What users write for the members of an image's config, checked before any work begins. Each
// function returns the text for ImageConfig, or throws UsageError with one sentence.

/// PORT[-PORT][/tcp|udp|sctp], 1 to 65535, tcp unless said: "8000-8001" gives 8000/tcp, 8001/tcp.
std::vector<std::string> parse_exposed_port(std::string_view text);

/// A Linux signal: SIGTERM, TERM, sigrtmin+3 give the OCI spelling SIGTERM, SIGRTMIN+3; a number
/// from 1 to 64 stays one (numbers differ between machines, so it cannot be given a name).
std::string parse_stop_signal(std::string_view text);

/// USER[:GROUP], each a name or a number up to 2147483647, the most that engines start.
std::string parse_user(std::string_view text);

/// NAME=VALUE. NAME alone, which `docker run` would take from its own environment, is refused: an
/// image must not depend on the machine that made it.
std::string parse_env(std::string_view text);

/// Sets a variable (as parse_env takes it) in `env`: replaces the one of that name, else appends.
void set_env(std::vector<std::string>& env, std::string_view text);

/// KEY=VALUE; KEY alone has the empty value, as in Docker.
std::pair<std::string, std::string> parse_label(std::string_view text);

/// An absolute path; repeated '/', "." and ".." are folded.
std::string parse_working_dir(std::string_view text);

/// An absolute path inside the image, not "/" and without ':' (a host's folder is not an image's).
std::string parse_volume(std::string_view text);

}  // namespace pack
