#pragma once

#include <cstddef>
#include <cstdint>
#include <string_view>

namespace pack::ld_so_cache_format {

inline constexpr std::string_view kMagic = "glibc-ld.so.cache1.1";
inline constexpr size_t kHeader = 48;  ///< bytes, up to the first entry
inline constexpr size_t kEntry = 24;
inline constexpr uint32_t kExtensionMagic = 0xEAA42174;
inline constexpr size_t kExtensionHeader = 8;
inline constexpr size_t kExtensionSection = 16;
inline constexpr uint32_t kTagHwcaps = 1;  ///< the section with the glibc-hwcaps level names
inline constexpr char kLittleEndian = 2;
inline constexpr char kBigEndian = 3;

}  // namespace pack::ld_so_cache_format
