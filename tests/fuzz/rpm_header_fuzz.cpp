// Any bytes are either a package header or an Error, and what a header says lies in its bytes.

#include "base/error.h"
#include "packages/rpm_header.h"

namespace {

constexpr pack::RpmTag kTags[] = {pack::RpmTag::name, pack::RpmTag::dir_indexes,
                                  pack::RpmTag::base_names, pack::RpmTag::dir_names};

/// A text of the blob with its NUL behind it.
void check_text(std::string_view text, std::string_view blob) {
  if (text.data() < blob.data() || text.data() + text.size() >= blob.data() + blob.size() ||
      text.find('\0') != text.npos || text.data()[text.size()] != '\0')
    __builtin_trap();
}

void check_tag(const pack::RpmHeader& header, pack::RpmTag tag, std::string_view blob) {
  size_t texts = 0;
  size_t numbers = 0;
  try {
    for (const std::string_view text : header.strings(tag)) {
      check_text(text, blob);
      ++texts;
    }
    numbers = header.numbers(tag).size();
  } catch (const pack::Error&) {
  }
  // A tag has one type, and its values do not overlap.
  if (texts > 0 && numbers > 0) __builtin_trap();
  if (texts + 4 * numbers > blob.size()) __builtin_trap();
}

}  // namespace

extern "C" int LLVMFuzzerTestOneInput(const uint8_t* data, size_t size) {
  const std::string_view blob(reinterpret_cast<const char*>(data), size);
  try {
    const pack::RpmHeader header(blob);
    for (const pack::RpmTag tag : kTags) check_tag(header, tag, blob);
  } catch (const pack::Error&) {
  }
  return 0;
}
