#pragma once

#include <string>

#include "elf/elf.h"

namespace pack {

/// Why a library is opened while the program runs: nothing that is read at the start names it.
struct LaterOpening {
  /// Route of the object that says so in a dlopen note; empty: the C library opens it.
  std::string opener;
  /// "pthread_cancel, imported by /usr/bin/p"; of a note its words for it, which may be none.
  std::string purpose;
  ElfDlopenNote::Priority priority = ElfDlopenNote::Priority::recommended;  ///< of a note
  bool operator==(const LaterOpening&) const = default;
};

/// What a note of the object at `opener` is about.
LaterOpening later_opening(const std::string& opener, const ElfDlopenNote& note);

/// "for compression (dlopen note, recommended)", "for pthread_cancel, imported by /usr/bin/p"
std::string describe_purpose(const LaterOpening& opening);

/// "which /usr/bin/p opens for compression (dlopen note, recommended)", "which the C library opens
/// for pthread_cancel, imported by /usr/bin/p"
std::string describe(const LaterOpening& opening);

}  // namespace pack
