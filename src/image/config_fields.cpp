#include "image/config_fields.h"

#include <algorithm>
#include <array>
#include <charconv>
#include <optional>

#include "base/error.h"
#include "base/image_path.h"
#include "image/text.h"

namespace pack {

namespace {

constexpr unsigned kMaxPort = 65535;
constexpr unsigned kMaxId = 2147483647;  // moby/sys/user refuses to start a process above it
constexpr unsigned kMaxSignal = 64;

constexpr std::array<std::string_view, 36> kSignals = {
    "ABRT", "ALRM", "BUS",  "CHLD",   "CLD",   "CONT", "FPE",  "HUP",   "ILL",
    "INT",  "IO",   "IOT",  "KILL",   "PIPE",  "POLL", "PROF", "PWR",   "QUIT",
    "SEGV", "STOP", "SYS",  "STKFLT", "TERM",  "TRAP", "TSTP", "TTIN",  "TTOU",
    "URG",  "USR1", "USR2", "VTALRM", "WINCH", "XCPU", "XFSZ", "RTMIN", "RTMAX"};

[[noreturn]] void refuse(std::string_view field, std::string_view text, std::string_view why) {
  throw UsageError(std::string(field) + " " + quoted(text) + ": " + std::string(why));
}

bool is_digits(std::string_view text) {
  return !text.empty() && text.find_first_not_of("0123456789") == text.npos;
}

/// A decimal number of digits only, at most `max`.
std::optional<unsigned> number(std::string_view text, unsigned max) {
  unsigned value = 0;
  if (!is_digits(text)) return std::nullopt;
  const auto [end, error] = std::from_chars(text.data(), text.data() + text.size(), value);
  if (error != std::errc() || value > max) return std::nullopt;
  return value;
}

std::string with_case(std::string_view text, char first, char target) {
  std::string out(text);
  for (char& c : out)
    if (c >= first && c < first + 26) c = static_cast<char>(c - first + target);
  return out;
}

/// RTMIN+1 to RTMIN+15 and RTMAX-1 to RTMAX-14, the names that Docker knows.
bool is_realtime(std::string_view name) {
  const auto from_1_to = [&](unsigned max) {
    const std::string_view offset = name.substr(6);
    return offset.front() != '0' && number(offset, max).has_value();
  };
  if (name.size() < 7) return false;
  return (name.starts_with("RTMIN+") && from_1_to(15)) ||
         (name.starts_with("RTMAX-") && from_1_to(14));
}

void check_user_part(std::string_view text, std::string_view part) {
  if (part.empty()) refuse("user", text, "write USER or USER:GROUP, each a name or a number");
  if (is_digits(part) && !number(part, kMaxId))
    refuse("user", text, "user and group numbers go from 0 to 2147483647");
  const auto odd = [](unsigned char c) { return c <= ' ' || c == 0x7f || c == ':' || c == '/'; };
  if (part.front() == '-' || part.front() == '+' || std::any_of(part.begin(), part.end(), odd))
    refuse("user", text, "a name holds no space, '/' or second ':' and begins with no sign");
}

/// Where the name of "NAME=VALUE" ends.
size_t name_size(std::string_view entry) { return std::min(entry.find('='), entry.size()); }

std::string absolute_path(std::string_view field, std::string_view text) {
  require_text(text, field);
  if (!text.starts_with('/'))
    refuse(field, text, "it must be an absolute path; write it with a leading '/'");
  return ImagePath(text).str();
}

}  // namespace

std::vector<std::string> parse_exposed_port(std::string_view text) {
  static constexpr std::string_view kField = "exposed port";
  if (text.find(':') != text.npos)
    refuse(kField, text,
           "an image only says its own port, such as 8080/tcp; `docker run -p` maps it");
  const size_t slash = text.find('/');
  const std::string protocol =
      slash == text.npos ? "tcp" : with_case(text.substr(slash + 1), 'A', 'a');
  if (protocol != "tcp" && protocol != "udp" && protocol != "sctp")
    refuse(kField, text, "the protocol must be tcp, udp or sctp");

  const std::string_view range = text.substr(0, slash);
  const size_t dash = range.find('-');
  const auto first = number(range.substr(0, dash), kMaxPort);
  const auto last = dash == range.npos ? first : number(range.substr(dash + 1), kMaxPort);
  if (!first || !last || *first == 0)
    refuse(kField, text, "write PORT or PORT-PORT from 1 to 65535, then perhaps /tcp or /udp");
  if (*last < *first) refuse(kField, text, "the range ends before it begins; swap its two ports");
  std::vector<std::string> out;
  for (unsigned port = *first; port <= *last; ++port)
    out.push_back(std::to_string(port) + "/" + protocol);
  return out;
}

std::string parse_stop_signal(std::string_view text) {
  std::string name = with_case(text, 'a', 'A');
  if (is_digits(name)) {
    const auto value = number(name, kMaxSignal);
    if (!value || *value == 0) refuse("stop signal", text, "signal numbers go from 1 to 64");
    return std::to_string(*value);
  }
  if (name.starts_with("SIG")) name.erase(0, 3);
  if (std::find(kSignals.begin(), kSignals.end(), name) == kSignals.end() && !is_realtime(name))
    refuse("stop signal", text, "no such signal on Linux; write one such as SIGTERM or SIGRTMIN+3");
  return "SIG" + name;
}

std::string parse_user(std::string_view text) {
  require_text(text, "user");
  const size_t colon = text.find(':');
  check_user_part(text, text.substr(0, colon));
  if (colon != text.npos) check_user_part(text, text.substr(colon + 1));
  return std::string(text);
}

std::string parse_env(std::string_view text) {
  require_text(text, "environment variable");
  if (text.find('=') == text.npos)
    refuse("environment variable", text,
           "it has no value; write NAME=VALUE (pack takes none from its own environment)");
  if (text.starts_with('=')) refuse("environment variable", text, "the name before '=' is missing");
  return std::string(text);
}

void set_env(std::vector<std::string>& env, std::string_view text) {
  std::string entry = parse_env(text);
  const std::string_view name = std::string_view(entry).substr(0, name_size(entry));
  const auto same = std::find_if(env.begin(), env.end(), [&](std::string_view other) {
    return other.substr(0, name_size(other)) == name;
  });
  if (same == env.end()) return env.push_back(std::move(entry));
  // A base may have it several times, and the last would count.
  env.erase(std::remove_if(
                same + 1, env.end(),
                [&](std::string_view other) { return other.substr(0, name_size(other)) == name; }),
            env.end());
  *same = std::move(entry);
}

std::pair<std::string, std::string> parse_label(std::string_view text) {
  require_text(text, "label");
  const size_t end = name_size(text);
  if (end == 0) refuse("label", text, "the key is missing; write KEY=VALUE");
  return {std::string(text.substr(0, end)),
          end == text.size() ? std::string() : std::string(text.substr(end + 1))};
}

std::string parse_working_dir(std::string_view text) {
  return absolute_path("working directory", text);
}

std::string parse_volume(std::string_view text) {
  std::string path = absolute_path("volume", text);
  if (path.find(':') != path.npos)
    refuse("volume", text,
           "an image only says the path inside; `docker run -v` gives it a folder of the host");
  if (path == "/") refuse("volume", text, "the whole root cannot be a volume; name a folder in it");
  return path;
}

}  // namespace pack
