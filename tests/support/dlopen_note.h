#pragma once

#include <string>

namespace pack {

/// C text that puts a dlopen note with this content (JSON, a NUL is added) into the file that it is
/// compiled into, as systemd's macro does: section .note.dlopen, owner "FDO", type 0x407c0c0a.
std::string dlopen_note_source(const std::string& json);

/// The note's own bytes, little endian.
std::string dlopen_note_bytes(const std::string& json);

}  // namespace pack
