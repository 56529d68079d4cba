#include "needs/script.h"

#include <algorithm>

namespace pack {

namespace {

constexpr std::string_view kBlank = " \t";

std::string_view trim(std::string_view text) {
  const size_t first = text.find_first_not_of(kBlank);
  if (first == text.npos) return {};
  return text.substr(first, text.find_last_not_of(kBlank) - first + 1);
}

/// Words as `env -S` splits them: blanks separate, quotes and backslashes protect.
std::vector<std::string> split_words(std::string_view text) {
  std::vector<std::string> words;
  bool in_word = false;
  char quote = 0;
  for (size_t i = 0; i < text.size(); ++i) {
    const char c = text[i];
    if (!quote && kBlank.find(c) != kBlank.npos) {
      in_word = false;
      continue;
    }
    if (!in_word) words.emplace_back();
    in_word = true;
    if (c == '\\' && quote != '\'' && i + 1 < text.size()) {
      words.back() += text[++i];
    } else if (quote ? c == quote : (c == '"' || c == '\'')) {
      quote = quote ? '\0' : c;
    } else {
      words.back() += c;
    }
  }
  return words;
}

/// The program among env's words: behind its options and assignments.
std::optional<std::string> program_of(const std::vector<std::string>& words) {
  static const std::vector<std::string> kWithValue = {"-u", "--unset", "-C", "--chdir"};
  for (size_t i = 0; i < words.size(); ++i) {
    const std::string& word = words[i];
    const bool value_follows =
        std::find(kWithValue.begin(), kWithValue.end(), word) != kWithValue.end();
    if (value_follows) {
      ++i;
    } else if (!word.starts_with('-') && word.find('=') == word.npos) {
      return word;
    }
  }
  return std::nullopt;
}

}  // namespace

std::optional<Shebang> parse_shebang(std::string_view head) {
  head = head.substr(0, kShebangBytes);
  if (!head.starts_with("#!")) return std::nullopt;
  const size_t newline = head.find('\n');
  const bool cut = newline == head.npos && head.size() == kShebangBytes;
  std::string_view line = head.substr(2, newline == head.npos ? head.npos : newline - 2);
  line = line.substr(0, line.find('\0'));
  line.remove_prefix(std::min(line.find_first_not_of(kBlank), line.size()));
  const size_t end = line.find_first_of(kBlank);
  if (line.empty() || (cut && end == line.npos)) return std::nullopt;
  if (cut) line.remove_suffix(1);  // the kernel wants the last byte for a NUL
  const std::string_view rest = end == line.npos ? std::string_view() : line.substr(end);
  return Shebang{std::string(line.substr(0, end)), std::string(trim(rest))};
}

std::optional<std::string> env_program(std::string_view argument) {
  for (const std::string_view option : {"-S", "--split-string="})
    if (argument.starts_with(option))
      return program_of(split_words(argument.substr(option.size())));
  // Also -vS, -iS: a cluster of flags that ends in S and has the words behind it.
  if (argument.starts_with('-')) {
    const size_t blank = argument.find_first_of(kBlank);
    if (blank == argument.npos || argument[blank - 1] != 'S') return std::nullopt;
    return program_of(split_words(argument.substr(blank)));
  }
  if (argument.empty() || argument.find('=') != argument.npos) return std::nullopt;
  return std::string(argument);
}

}  // namespace pack
