#pragma once

#include <string>

#include "cli/colour.h"
#include "inspection.h"

namespace pack {

/// Names, platform, config, layers and their history, for people.
std::string inspect_text(const Inspection& inspection, const Paint& paint);

/// One path a line: mode, owner, size, layer (from 1), path, target.
std::string inspect_files(const Inspection& inspection);

/// Which layer brought a path, what it is for, and the chains of libraries that lead to it.
std::string inspect_why(const Inspection& inspection, const std::string& path, const Paint& paint);

/// All of it as one object; with the files when they were read and with the reasons for `why` when
/// it is not empty. Layers are counted from 0.
std::string inspect_json(const Inspection& inspection, const std::string& why);

}  // namespace pack
