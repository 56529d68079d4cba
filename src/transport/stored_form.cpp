#include "transport/stored_form.h"

#include <algorithm>
#include <array>
#include <cstdint>
#include <string_view>

namespace pack {

namespace {

using namespace std::string_view_literals;

struct Magic {
  std::string_view bytes;
  StoredForm form;
};

// RFC 1952; RFC 8878; the xz, lz4 and bzip2 formats' own descriptions.
constexpr std::array<Magic, 6> kMagics = {{
    {"\x1f\x8b\x08"sv, StoredForm::gzip},
    {"\x28\xb5\x2f\xfd"sv, StoredForm::zstd},
    {"\x50\x2a\x4d\x18"sv, StoredForm::zstd},  // pzstd's first frame is a skippable one
    {"\xfd\x37zXZ\0"sv, StoredForm::other},
    {"\x04\x22\x4d\x18"sv, StoredForm::other},
    {"BZh"sv, StoredForm::other},
}};

constexpr size_t kChecksum = 148;  // its place in a tar header, 8 bytes

/// POSIX.1-1988: the sum of the header's bytes, its own place taken as blanks.
bool is_tar_header(std::string_view block) {
  if (block.size() < kFormBytes) return false;
  uint64_t sum = 8 * ' ', written = 0;
  for (size_t i = 0; i < kFormBytes; ++i)
    if (i < kChecksum || i >= kChecksum + 8) sum += static_cast<unsigned char>(block[i]);
  for (const char c : block.substr(kChecksum, 8))
    if (c >= '0' && c <= '7') written = written * 8 + static_cast<uint64_t>(c - '0');
  return sum == written;
}

}  // namespace

StoredForm stored_form(std::span<const std::byte> beginning) {
  const std::string_view text(reinterpret_cast<const char*>(beginning.data()), beginning.size());
  const auto fits = [&](const Magic& magic) { return text.starts_with(magic.bytes); };
  const auto magic = std::find_if(kMagics.begin(), kMagics.end(), fits);
  if (magic == kMagics.end() || is_tar_header(text)) return StoredForm::plain;
  return magic->form;
}

}  // namespace pack
