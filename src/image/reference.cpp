// A reference has two grammars on top of each other. What the user types is cut first, by one rule
// that is not in the grammar: the text before the first '/' is a host only when it holds '.' or
// ':', or is "localhost"; else everything is a path on Docker Hub. Of the rest, what follows the
// first ':' is the tag. Then Hub's names are completed (index.docker.io is docker.io; a name of one
// component lives in library/) and each piece is held against the grammar:
//
//   host        words of [A-Za-z0-9-] joined by '.', or [IPv6]; then perhaps :PORT
//   component   [a-z0-9]+ ( ( '.' | '_' | '__' | '-'+ ) [a-z0-9]+ )*
//   repository  components joined by '/'
//   tag         [A-Za-z0-9_] [A-Za-z0-9_.-]{0,127}
//
// Where Docker's versions differ, the stricter one counts, so that every engine takes the image:
// older ones count the host among the 255 characters of a name, newer ones take an uppercase first
// component for a host. A name that is an image id (64 hex digits) or the word sha256 could not be
// told from a digest on Docker's command line; `docker load` of sha256:v1 reports success and
// keeps no such image.

#include "image/reference.h"

#include <algorithm>
#include <utility>

#include "base/error.h"

namespace pack {

namespace {

constexpr std::string_view kHub = "docker.io";
constexpr std::string_view kOldHub = "index.docker.io";
constexpr std::string_view kOfficial = "library/";
constexpr size_t kMaxName = 255;
constexpr size_t kMaxTag = 128;

bool is_digit(char c) { return c >= '0' && c <= '9'; }
bool is_upper(char c) { return c >= 'A' && c <= 'Z'; }
bool is_lower_or_digit(char c) { return is_digit(c) || (c >= 'a' && c <= 'z'); }
bool is_word(char c) { return is_lower_or_digit(c) || is_upper(c) || c == '_'; }
bool is_lower_hex(char c) { return is_digit(c) || (c >= 'a' && c <= 'f'); }

bool all_of(std::string_view text, bool (*test)(char)) {
  return std::all_of(text.begin(), text.end(), test);
}

std::string lower(std::string_view text) {
  std::string out(text);
  for (char& c : out)
    if (is_upper(c)) c = static_cast<char>(c - 'A' + 'a');
  return out;
}

[[noreturn]] void refuse(std::string_view text, const std::string& why) {
  static constexpr size_t kShown = 300;
  const std::string shown = quoted(text.substr(0, kShown)) + (text.size() > kShown ? "..." : "");
  throw UsageError("reference " + shown + ": " + why);
}

/// The first piece of `text` before `mark`; takes it and the mark away.
std::string_view next_piece(std::string_view& text, char mark) {
  const size_t end = text.find(mark);
  const std::string_view piece = text.substr(0, end);
  text = end == text.npos ? std::string_view() : text.substr(end + 1);
  return piece;
}

bool is_host(std::string_view first) {
  return first.find_first_of(".:") != first.npos || first == "localhost";
}

/// {what stands before the first '/' if it is a host, else nothing; the rest}
std::pair<std::string_view, std::string_view> split_host(std::string_view text) {
  const size_t slash = text.find('/');
  if (slash == text.npos || !is_host(text.substr(0, slash))) return {{}, text};
  return {text.substr(0, slash), text.substr(slash + 1)};
}

bool is_host_word(std::string_view word) {
  const auto fits = [](char c) { return (is_word(c) && c != '_') || c == '-'; };
  return !word.empty() && all_of(word, fits) && word.front() != '-' && word.back() != '-';
}

bool is_ipv6(std::string_view host) {
  if (host.size() < 3 || host.front() != '[' || host.back() != ']') return false;
  const std::string inside = lower(host.substr(1, host.size() - 2));
  return all_of(inside, [](char c) { return is_lower_hex(c) || c == ':'; });
}

bool is_domain(std::string_view domain) {
  const size_t after_host = domain.front() == '[' ? domain.find(']') : 0;
  const size_t colon = domain.find(':', std::min(after_host, domain.size()));
  std::string_view host = domain.substr(0, colon);
  if (colon != domain.npos) {
    const std::string_view port = domain.substr(colon + 1);
    if (port.empty() || !all_of(port, is_digit)) return false;
  }
  if (is_ipv6(host)) return true;
  if (host.empty() || host.back() == '.') return false;
  while (!host.empty())
    if (!is_host_word(next_piece(host, '.'))) return false;
  return true;
}

bool is_separator(std::string_view text) {
  return text == "." || text == "_" || text == "__" ||
         all_of(text, [](char c) { return c == '-'; });
}

bool is_component(std::string_view text) {
  while (!text.empty() && is_lower_or_digit(text.front())) {
    const auto word_end = std::find_if_not(text.begin(), text.end(), is_lower_or_digit);
    if (word_end == text.end()) return true;
    const auto next_word = std::find_if(word_end, text.end(), is_lower_or_digit);
    if (!is_separator({word_end, next_word})) return false;
    text = {next_word, text.end()};
  }
  return false;
}

void check_components(std::string_view text, std::string_view repository) {
  if (repository.empty()) refuse(text, "the name is missing; write NAME:TAG, such as basic:v1");
  const auto fits = [](char c) {
    return is_lower_or_digit(c) || c == '.' || c == '_' || c == '-' || c == '/';
  };
  const auto odd = std::find_if_not(repository.begin(), repository.end(), fits);
  if (odd != repository.end())
    refuse(text, "a name holds only a-z, 0-9, '.', '_', '-' and '/', not " +
                     quoted(std::string_view(odd, odd + 1)));
  if (repository.front() == '/' || repository.back() == '/' ||
      repository.find("//") != repository.npos)
    refuse(text, "nothing stands before or after a '/'; take the '/' away");
  while (!repository.empty()) {
    const std::string_view component = next_piece(repository, '/');
    if (!is_component(component))
      refuse(text, "in " + quoted(component) +
                       ", letters or digits must stand first, last and around each single '.', "
                       "'_' or '__', or run of '-'");
  }
}

void check_tag(std::string_view text, std::string_view tag) {
  if (tag.empty()) refuse(text, "the tag after ':' is empty; write one or leave the ':' out");
  if (tag.size() > kMaxTag)
    refuse(text,
           "the tag has " + std::to_string(tag.size()) + " characters; at most 128 are allowed");
  const auto fits = [](char c) { return is_word(c) || c == '.' || c == '-'; };
  const auto odd = std::find_if_not(tag.begin(), tag.end(), fits);
  if (odd != tag.end())
    refuse(text, "a tag holds only letters, digits, '_', '.' and '-', not " +
                     quoted(std::string_view(odd, odd + 1)));
  if (!is_word(tag.front())) refuse(text, "a tag begins with a letter, a digit or '_'");
}

/// What is no NAME:TAG at all, but looks like something else that users know.
void refuse_other_forms(std::string_view text) {
  if (text.empty()) refuse(text, "the name is empty; write NAME:TAG, such as basic:v1");
  if (text.size() > kMaxName + 1 + kMaxTag)
    refuse(text, "it has " + std::to_string(text.size()) +
                     " characters; a name has at most 255 and a tag 128");
  if (text.find("://") != text.npos)
    refuse(text, "this is an address; write the name without " +
                     quoted(text.substr(0, text.find("://") + 3)));
  if (text.find('@') != text.npos)
    refuse(text, "an image that is being made cannot be named by a digest; write NAME:TAG");
  if (text.size() == 64 && all_of(text, is_lower_hex))
    refuse(text, "64 hex digits are an image id, not a name; choose another name");
}

}  // namespace

Reference parse_reference(std::string_view text) {
  refuse_other_forms(text);
  const auto [host, rest] = split_host(text);
  const size_t colon = rest.find(':');
  const std::string_view typed_name = rest.substr(0, colon);
  const std::string name = lower(typed_name);
  const std::string_view tag = colon == rest.npos ? "latest" : rest.substr(colon + 1);

  if (!host.empty() && !is_domain(host))
    refuse(text, quoted(host) + " is not a host name with an optional :PORT");
  check_components(text, name);
  check_tag(text, tag);
  if (name != typed_name)
    refuse(text, "a name is lowercase; write " +
                     std::string(text.substr(0, text.size() - rest.size())) + name +
                     std::string(rest.substr(typed_name.size())));

  Reference out{std::string(host), name, std::string(tag)};
  if (host.empty() || host == kOldHub) out.domain = kHub;
  if (out.domain == kHub && name.find('/') == name.npos) out.repository.insert(0, kOfficial);
  if (out.domain.size() + 1 + out.repository.size() > kMaxName)
    refuse(text, "the name has " + std::to_string(out.domain.size() + 1 + out.repository.size()) +
                     " characters with its host; at most 255 are allowed");
  if (out.domain == kHub && out.repository == "library/sha256")
    refuse(text, "Docker takes the name sha256 for a digest; choose another name");
  return out;
}

PinnedReference parse_pinned_reference(std::string_view text) {
  const size_t at = text.find('@');
  const std::string_view name = text.substr(0, at);
  PinnedReference out{.reference = parse_reference(name), .digest = std::nullopt};
  if (at == text.npos) return out;
  try {
    out.digest.emplace(text.substr(at + 1));
  } catch (const Error& error) {
    refuse(text, error.what());
  }
  if (split_host(name).second.find(':') == text.npos) out.reference.tag.clear();
  return out;
}

std::string Reference::full() const {
  return domain + "/" + repository + (tag.empty() ? "" : ":" + tag);
}

std::string Reference::familiar() const {
  if (domain != kHub) return full();
  std::string_view name = repository;
  if (name.starts_with(kOfficial) && name.find('/', kOfficial.size()) == name.npos)
    name.remove_prefix(kOfficial.size());
  // docker.io/a.b/c, cut to a.b/c, would be an image of the host a.b.
  if (!split_host(name).first.empty()) return full();
  return std::string(name) + (tag.empty() ? "" : ":" + tag);
}

std::string Reference::base_name() const { return repository.substr(repository.rfind('/') + 1); }

}  // namespace pack
