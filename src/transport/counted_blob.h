#pragma once

#include "base/progress.h"
#include "transport/image_content.h"

namespace pack {

/// The same blob, whose readers tell `progress` what they read: the whole as soon as it is opened
/// at its start, then every byte. `progress` may be null, and lives longer.
Blob counted(Blob blob, Progress* progress);

}  // namespace pack
