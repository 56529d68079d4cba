// Image documents come from anywhere. What is read from one is whole: written out and read again,
// it is the same; and what parses at all has passed the guard. The first byte chooses the document.

#include <cstdint>
#include <optional>
#include <string>
#include <string_view>

#include "base/error.h"
#include "image/config.h"
#include "image/docker_archive.h"
#include "image/manifest.h"
#include "image/untrusted_json.h"

namespace {

void require(bool holds) {
  if (!holds) __builtin_trap();
}

/// What `parse` makes of the text; nothing when it refuses.
template <typename Parse>
auto parsed(const Parse& parse, std::string_view text) {
  std::optional<decltype(parse(text))> out;
  try {
    out = parse(text);
  } catch (const pack::Error&) {
  }
  if (out) require(pack::json_fault(text).empty());
  return out;
}

/// Values are written and read again without loss. What cannot be written (NUL in a text, too many
/// layers) is refused by an error of its own.
template <typename Parse>
void check_round_trip(const Parse& parse, std::string_view text) {
  const auto value = parsed(parse, text);
  if (!value) return;
  std::string written;
  try {
    written = pack::to_json(*value);
  } catch (const pack::Error&) {
    return;
  }
  require(pack::to_json(parse(written)) == written);
}

void check_index(std::string_view text) {
  check_round_trip(pack::parse_index, text);
  const pack::Descriptor entry{std::string(pack::kOciManifest), pack::Digest(), 1, {}, {}};
  try {
    const std::string added = pack::add_to_index(text, entry);
    require(pack::add_to_index(added, entry) == added);
  } catch (const pack::Error&) {
  }
}

}  // namespace

extern "C" int LLVMFuzzerTestOneInput(const uint8_t* data, size_t size) {
  if (size == 0) return 0;
  const std::string_view text(reinterpret_cast<const char*>(data) + 1, size - 1);
  switch (data[0] % 4) {
    case 0:
      check_round_trip(pack::parse_config, text);
      (void)pack::config_faults(text);
      break;
    case 1:
      check_round_trip(pack::parse_manifest, text);
      (void)parsed(pack::document_kind, text);
      break;
    case 2:
      check_index(text);
      break;
    default:
      (void)parsed(pack::parse_docker_archive_manifest, text);
  }
  return 0;
}
