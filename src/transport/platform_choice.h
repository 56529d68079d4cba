#pragma once

#include <optional>
#include <string>
#include <vector>

#include "image/manifest.h"
#include "image/platform.h"

namespace pack {

/// This machine's, by uname(2); "linux/NAME" with the kernel's own name where Go has none.
Platform host_platform();

/// The one of `offered` that runs best on `wanted`: the same, else for 32-bit ARM the next older
/// version; the first where several are equally good, as engines take it. Nothing: none does.
std::optional<size_t> best_platform(const std::vector<Platform>& offered, const Platform& wanted);

/// "linux/amd64, linux/arm64": each once, in their order.
std::string list_of(const std::vector<Platform>& platforms);

}  // namespace pack
