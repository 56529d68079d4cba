#pragma once

#include <cstdint>
#include <string>
#include <vector>

#include "base/bytes.h"
#include "base/output_file.h"
#include "transport/image_content.h"

namespace pack {

// The members of an image archive: regular files of root's, mode 0644, time 0.

/// What stands in front of the data of a member of `size` bytes.
std::string member_header(const std::string& path, uint64_t size);

/// A whole member: header, content, padding.
std::string member(const std::string& path, const std::string& content);

/// Writes blobs, verified, as members, one after the other. Throws Error.
void write_blobs(const std::vector<Blob>& blobs, ByteSink& out);

/// The same bytes into `file` from `offset` on, several blobs at a time (a registry's come faster
/// so). Says where they end. Every thread has ended when it returns or throws.
uint64_t write_blobs_at(const std::vector<Blob>& blobs, const PositionedFile& file,
                        uint64_t offset);

}  // namespace pack
