#include "rootfs/accounts.h"

#include <algorithm>
#include <charconv>

#include "base/error.h"
#include "source/walk.h"

namespace pack {

namespace {

constexpr uint64_t kLargestAccountFile = 16 << 20;
/// 4294967295 is "no user" to chown(2).
constexpr uint32_t kHighestId = 4294967294;

bool is_number(std::string_view text) {
  return !text.empty() &&
         std::all_of(text.begin(), text.end(), [](char c) { return c >= '0' && c <= '9'; });
}

std::optional<uint32_t> number_of(std::string_view text) {
  uint32_t number = 0;
  const auto [end, failed] = std::from_chars(text.data(), text.data() + text.size(), number);
  if (failed != std::errc() || end != text.data() + text.size() || number > kHighestId)
    return std::nullopt;
  return number;
}

std::string_view take_field(std::string_view& line) {
  const size_t colon = line.find(':');
  const std::string_view field = line.substr(0, colon);
  line.remove_prefix(colon == line.npos ? line.size() : colon + 1);
  return field;
}

std::string_view file_of(AccountKind kind) {
  return kind == AccountKind::user ? "/etc/passwd" : "/etc/group";
}

uint32_t resolve(const FileTree& image, AccountKind kind, std::string_view text) {
  const std::string_view what = kind == AccountKind::user ? "user" : "group";
  if (is_number(text)) {
    const auto number = number_of(text);
    if (!number)
      throw UsageError("the " + std::string(what) + " number " + std::string(text) +
                       " is too large: 4294967294 is the highest");
    return *number;
  }
  const auto number = find_account(image, kind, text);
  if (!number)
    throw Error("the " + std::string(what) + " " + quoted(text) + " is not in the image's " +
                std::string(file_of(kind)) +
                ": give a number, or bring a file that has it with --add SRC:" +
                std::string(file_of(kind)));
  return *number;
}

}  // namespace

std::optional<uint32_t> find_account(const FileTree& image, AccountKind kind,
                                     std::string_view name) {
  const Walk file = walk(image, file_of(kind));
  if (!file.found(FileKind::regular)) return std::nullopt;
  const std::string text = read_whole(*image.open(file.real), kLargestAccountFile);
  for (std::string_view rest = text; !rest.empty();) {
    const size_t newline = rest.find('\n');
    std::string_view line = rest.substr(0, newline);
    rest.remove_prefix(newline == rest.npos ? rest.size() : newline + 1);
    if (take_field(line) != name) continue;
    take_field(line);  // the password
    return number_of(take_field(line));
  }
  return std::nullopt;
}

Owner parse_owner(const FileTree& image, std::string_view text) {
  const size_t colon = text.find(':');
  Owner owner{.uid = resolve(image, AccountKind::user, text.substr(0, colon)), .gid = {}};
  if (colon != text.npos) owner.gid = resolve(image, AccountKind::group, text.substr(colon + 1));
  return owner;
}

void require_accounts(const FileTree& image, std::string_view user) {
  if (user.empty()) return;
  const size_t colon = user.find(':');
  resolve(image, AccountKind::user, user.substr(0, colon));
  if (colon != user.npos) resolve(image, AccountKind::group, user.substr(colon + 1));
}

}  // namespace pack
