#include "closure/path_list.h"

#include <algorithm>
#include <unordered_set>

namespace pack {

namespace {

/// The length of `$NAME` or `${NAME}` at the start of `text`, 0 when it is something else.
/// `$LIBRARY` is not `$LIB`: the name ends where identifiers end.
size_t token_length(std::string_view text, std::string_view name) {
  const bool curly = text.starts_with("${");
  const size_t start = curly ? 2 : 1;
  if (text.substr(start, name.size()) != name) return 0;
  const char after = start + name.size() < text.size() ? text[start + name.size()] : '\0';
  const bool identifier = (after >= 'A' && after <= 'Z') || (after >= 'a' && after <= 'z') ||
                          (after >= '0' && after <= '9') || after == '_';
  if (curly) return after == '}' ? start + name.size() + 1 : 0;
  return identifier ? 0 : start + name.size();
}

std::string replace(std::string_view text, const DynamicTokens& tokens,
                    const std::string& platform) {
  std::string out;
  while (!text.empty()) {
    if (text.front() == '$') {
      const std::pair<std::string_view, const std::string&> known[] = {
          {"ORIGIN", tokens.origin}, {"LIB", tokens.lib}, {"PLATFORM", platform}};
      const auto* hit = std::find_if(std::begin(known), std::end(known), [&](const auto& token) {
        return token_length(text, token.first) > 0;
      });
      if (hit != std::end(known)) {
        out += hit->second;
        text.remove_prefix(token_length(text, hit->first));
        continue;
      }
    }
    out += text.front();
    text.remove_prefix(1);
  }
  return out;
}

}  // namespace

std::vector<ExpandedText> expand_tokens(std::string_view text, const DynamicTokens& tokens) {
  if (text.find('$') == text.npos) return {{std::string(text), {}}};
  const std::string plain_name = tokens.platforms.empty() ? "" : tokens.platforms.front();
  const std::string plain = replace(text, tokens, plain_name);
  std::vector<ExpandedText> out;
  for (const std::string& platform : tokens.platforms)
    if (std::string other = replace(text, tokens, platform); other != plain)
      out.push_back({std::move(other), platform});
  out.push_back({plain, {}});
  return out;
}

std::vector<std::string> split_path_list(std::string_view list, std::string_view separators) {
  std::vector<std::string> out;
  if (list.empty()) return out;
  for (;;) {
    const size_t end = list.find_first_of(separators);
    out.emplace_back(list.substr(0, end));
    if (end == list.npos) return out;
    list.remove_prefix(end + 1);
  }
}

std::vector<ExpandedText> expand_path_list(std::string_view list, std::string_view separators,
                                           const DynamicTokens& tokens) {
  std::vector<ExpandedText> out;
  std::unordered_set<std::string> known;
  for (const std::string& element : split_path_list(list, separators)) {
    for (ExpandedText& directory : expand_tokens(element, tokens)) {
      std::string& text = directory.text;
      while (text.size() > 1 && text.ends_with('/')) text.pop_back();
      if (known.insert(text).second) out.push_back(std::move(directory));
    }
  }
  return out;
}

}  // namespace pack
