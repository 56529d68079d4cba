#pragma once

#include <functional>
#include <string>

#include "archive/tar_reader.h"
#include "base/bytes.h"
#include "base/fd.h"

namespace pack {

/// What `write` writes, in an anonymous temporary file that goes with the result. Throws
/// what `write` throws. `name` is for messages.
SeekableBytes spool(const std::string& name, const std::function<void(ByteSink&)>& write);

/// What a stream holds when it is unpacked. Throws Error above most_unpacked() of what was read
/// (transport/layer_tar.h).
SeekableBytes spool_unpacked(const std::string& name, const ByteReader& reader);

}  // namespace pack
