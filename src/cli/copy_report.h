#pragma once

#include <string>

#include "copies.h"

namespace pack {

/// The result of a copy for people: names, platforms, digest, where it is and how to use it.
std::string copy_report(const CopyResult& result);
/// The digest of the image or index alone, as a line; empty for plain files.
std::string copy_digest(const CopyResult& result);
/// The same as one JSON object.
std::string copy_report_json(const CopyResult& result);

}  // namespace pack
