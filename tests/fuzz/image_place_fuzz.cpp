// Any text names a place or is refused by a UsageError; and what a place is called in messages can
// be typed again and means the same.

#include <string>

#include "base/error.h"
#include "transport/destination.h"
#include "transport/source_spec.h"

namespace {

std::string without_dot(const std::string& path) {
  return path.starts_with("./") ? path.substr(2) : path;
}

void check_source(std::string_view text) {
  pack::SourceSpec spec;
  try {
    spec = pack::parse_source(text);
  } catch (const pack::UsageError&) {
    return;
  }
  const pack::SourceSpec again = pack::parse_source(spec.str());
  if (again.kind != spec.kind || again.reference != spec.reference) __builtin_trap();
  if (without_dot(again.path) != without_dot(spec.path)) __builtin_trap();
  if (spec.kind == pack::SourceSpec::Kind::path && spec.path.empty()) __builtin_trap();
}

void check_destination(std::string_view text) {
  try {
    if (pack::parse_destination(text).str().empty()) __builtin_trap();
  } catch (const pack::UsageError&) {
    // That is an answer, too.
  }
}

}  // namespace

extern "C" int LLVMFuzzerTestOneInput(const uint8_t* data, size_t size) {
  const std::string_view text(reinterpret_cast<const char*>(data), size);
  check_source(text);
  check_destination(text);
  return 0;
}
