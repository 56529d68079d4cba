#pragma once

#include "archive/compression.h"
#include "transport/image_content.h"

namespace pack {

/// The same images with their layers stored in another way: manifests and indexes differ, configs
/// stay. Layers that are compressed so already stay as they are, unless a level was asked for; so
/// do non-distributable ones. The new layers lie in anonymous temporary files.
///
/// Each layer is verified by its own digest and its diff_id on the way. Throws Error. No thread is
/// left when it returns; none may run before (temporary files may start a process).
ImageContent recompressed(ImageContent content, CompressionChoice choice);

}  // namespace pack
