#pragma once

#include <optional>
#include <string>
#include <string_view>
#include <vector>

namespace pack {

/// The first line of a script, as the kernel reads it (execve(2), "Interpreter scripts").
struct Shebang {
  std::string interpreter;
  std::string argument;  ///< all the rest as one word; may be empty
};

/// The kernel looks at so many bytes of a file and no further.
inline constexpr size_t kShebangBytes = 256;

/// From the first bytes of a file. Nothing when they do not start with "#!" and a name, or when
/// the name does not end within kShebangBytes.
std::optional<Shebang> parse_shebang(std::string_view head);

/// The name that env(1) would look up on PATH with this one argument, as in `#!/usr/bin/env
/// python3` and `#!/usr/bin/env -S VAR=1 python3 -I`. Nothing when the argument names no program.
std::optional<std::string> env_program(std::string_view argument);

}  // namespace pack
