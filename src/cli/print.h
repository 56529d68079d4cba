#pragma once

#include <cstdio>
#include <string>
#include <vector>

#include "cli/colour.h"
#include "cli/exit_status.h"

namespace pack {

/// Writes all of it in one go and flushes. Throws Error when a byte was not taken: then the result
/// is lost.
void print_result(const std::string& text, std::FILE* stream);

/// On stderr, one line each.
void print_notes(const std::vector<std::string>& notes, const Paint& paint);

/// "pack: TEXT" on stderr. Returns the status, for `return complain(...)`.
ExitStatus complain(const std::string& text, ExitStatus status);

}  // namespace pack
