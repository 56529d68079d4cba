#pragma once

#include <stdexcept>
#include <string>
#include <string_view>

namespace pack {

/// The one failure type. Its text is a sentence for the user: what failed, where, what to do.
/// Expected outcomes (a library that is not found) are values, not errors.
class Error : public std::runtime_error {
 public:
  using std::runtime_error::runtime_error;
};

/// The request itself is wrong (a bad reference, a bad option value): exit status 2, not 1.
class UsageError : public Error {
 public:
  using Error::Error;
};

/// "WHAT: No space left on device", from the current errno.
[[noreturn]] void throw_errno(std::string_view what);

/// A path or name as an error shows it: as it is when it is plain, else in double quotes with
/// spaces kept and control characters, quotes and non-ASCII bytes escaped (`"a\nb"`, `"\xff"`).
std::string quoted(std::string_view text);

// Where <iomanip> is included, std::quoted would be the better match for a std::string.
inline std::string quoted(const std::string& text) { return quoted(std::string_view(text)); }
inline std::string quoted(std::string& text) { return quoted(std::string_view(text)); }
inline std::string quoted(const char* text) { return quoted(std::string_view(text)); }

}  // namespace pack
