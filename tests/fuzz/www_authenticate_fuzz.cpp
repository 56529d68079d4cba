// Any header gives challenges whose names are words, and which written down in the one clean way
// are read as the same. A token server is an https address, or on this machine.

#include <ostream>

#include "base/error.h"
#include "transport/auth_challenge.h"
#include "transport/loopback.h"

namespace {

void check_word(const std::string& word) {
  if (word.empty() || word.find_first_of(" \t,=\"") != word.npos) __builtin_trap();
  for (const char c : word)
    if (c >= 'A' && c <= 'Z') __builtin_trap();
}

std::string clean(const std::vector<pack::AuthChallenge>& challenges) {
  std::string out;
  for (const pack::AuthChallenge& challenge : challenges) {
    out += challenge.scheme + " ";
    for (const auto& [name, value] : challenge.parameters) {
      out += name + "=\"";
      for (const char c : value) {
        if (c == '"' || c == '\\') out += '\\';
        out += c;
      }
      out += "\",";
    }
    out += ",";
  }
  return out;
}

void check_realm(const pack::AuthChallenge& challenge) {
  try {
    const pack::Url url = pack::token_realm(challenge, {});
    if (url.scheme != "https" && !pack::is_loopback(url.host)) __builtin_trap();
  } catch (const pack::Error&) {
  }
}

}  // namespace

extern "C" int LLVMFuzzerTestOneInput(const uint8_t* data, size_t size) {
  const std::string_view text(reinterpret_cast<const char*>(data), size);
  const std::vector<pack::AuthChallenge> challenges = pack::parse_challenges(text);
  for (const pack::AuthChallenge& challenge : challenges) {
    check_word(challenge.scheme);
    for (const auto& [name, value] : challenge.parameters) check_word(name);
    check_realm(challenge);
  }
  const auto again = pack::parse_challenges(clean(challenges));
  if (again.size() != challenges.size()) __builtin_trap();
  for (size_t i = 0; i < again.size(); ++i)
    if (again[i].scheme != challenges[i].scheme || again[i].parameters != challenges[i].parameters)
      __builtin_trap();
  return 0;
}
