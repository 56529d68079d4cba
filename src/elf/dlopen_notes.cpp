// Libraries that a file opens while it runs, as it says itself (systemd.io/ELF_DLOPEN_METADATA).
//
//   PT_NOTE -> note, note, ...: {name size, content size, type, name, content}, each part padded
//              to 4 bytes, or to 8 in a segment aligned so (gABI chapter 5, "Note Section")
//
// A note of owner "FDO" and type 0x407c0c0a has JSON as its content, which ends in a NUL:
//
//   [{"soname": ["libz.so.1", "libz-ng.so.2"], "feature": "compression",
//     "description": "Reads packed files", "priority": "recommended"}, ...]
//
// Any one of the sonames will do, the first rather. All but they may be left out; the priority is
// then "recommended". There may be several such notes, beside those of other owners.

#include "elf/dlopen_notes.h"

#include <algorithm>
#include <nlohmann/json.hpp>
#include <optional>
#include <string>
#include <string_view>

namespace pack {

namespace {

using Json = nlohmann::json;

constexpr uint32_t kPtNote = 4;
constexpr uint64_t kDlopenType = 0x407c0c0a;
constexpr std::string_view kOwner("FDO\0", 4);
constexpr size_t kNoteHeader = 12;
/// For all notes of a file: systemd's largest have 10 KiB.
constexpr uint64_t kMostBytes = uint64_t{1} << 20;
/// Of all notes of a file.
constexpr size_t kMostSonames = 1000;

std::optional<ElfDlopenNote::Priority> parse_priority(const Json& object) {
  using Priority = ElfDlopenNote::Priority;
  const auto found = object.find("priority");
  if (found == object.end() || *found == "recommended") return Priority::recommended;
  if (*found == "required") return Priority::required;
  if (*found == "suggested") return Priority::suggested;
  return std::nullopt;
}

/// A member that may be left out; nothing when it is no text.
std::optional<std::string> parse_text(const Json& object, const char* name) {
  const auto found = object.find(name);
  if (found == object.end()) return "";
  if (!found->is_string()) return std::nullopt;
  return found->get<std::string>();
}

bool is_soname(const Json& value) {
  return value.is_string() && !value.get_ref<const std::string&>().empty() &&
         value.get_ref<const std::string&>().find('\0') == std::string::npos;
}

std::optional<ElfDlopenNote> parse_object(const Json& object) {
  if (!object.is_object() || !object.contains("soname")) return std::nullopt;
  const Json& sonames = object["soname"];
  const std::optional<std::string> feature = parse_text(object, "feature");
  const std::optional<std::string> description = parse_text(object, "description");
  const std::optional<ElfDlopenNote::Priority> priority = parse_priority(object);
  const bool good = sonames.is_array() && !sonames.empty() &&
                    std::all_of(sonames.begin(), sonames.end(), is_soname);
  if (!good || !feature || !description || !priority) return std::nullopt;
  return ElfDlopenNote{.sonames = sonames.get<std::vector<std::string>>(),
                       .feature = *feature,
                       .description = *description,
                       .priority = *priority};
}

class NoteReader {
 public:
  explicit NoteReader(MappedElf& elf) : elf_(elf) {}

  DlopenNotes read() && {
    for (const Segment& segment : elf_.segments)
      if (segment.type == kPtNote) read_segment(segment);
    return std::move(out_);
  }

 private:
  void read_segment(const Segment& segment) {
    if (segment.file_size > left_ || !elf_.file.holds(segment.offset, segment.file_size)) {
      out_.broken = true;
      return;
    }
    left_ -= segment.file_size;
    const uint64_t padding = segment.alignment == 8 ? 8 : 4;
    const std::string_view bytes = elf_.file.view(segment.offset, segment.file_size);
    const auto padded = [&](uint64_t at) { return (at + padding - 1) / padding * padding; };
    for (uint64_t at = 0; at < bytes.size();) {
      if (bytes.size() - at < kNoteHeader) return broken_unless_zero(bytes.substr(at));
      const uint64_t name_size = elf_.integer(bytes, at, 4);
      const uint64_t size = elf_.integer(bytes, at + 4, 4);
      const uint64_t name_at = at + kNoteHeader;
      const uint64_t content_at = padded(name_at + name_size);
      if (content_at + size > bytes.size()) return broken_unless_zero(bytes.substr(at));
      if (elf_.integer(bytes, at + 8, 4) == kDlopenType &&
          bytes.substr(name_at, name_size) == kOwner)
        read_content(bytes.substr(content_at, size));
      at = padded(content_at + size);
    }
  }

  /// Linkers may pad a segment.
  void broken_unless_zero(std::string_view rest) {
    if (rest.find_first_not_of('\0') != rest.npos) out_.broken = true;
  }

  void read_content(std::string_view text) {
    const Json json =
        Json::parse(text.substr(0, text.find('\0')), nullptr, /*allow_exceptions=*/false);
    if (!json.is_array()) {
      out_.broken = true;
      return;
    }
    for (const Json& object : json) {
      std::optional<ElfDlopenNote> note = parse_object(object);
      if (!note || note->sonames.size() > kMostSonames - sonames_) {
        out_.broken = true;
        continue;
      }
      sonames_ += note->sonames.size();
      out_.notes.push_back(std::move(*note));
    }
  }

  MappedElf& elf_;
  uint64_t left_ = kMostBytes;
  size_t sonames_ = 0;
  DlopenNotes out_;
};

}  // namespace

DlopenNotes read_dlopen_notes(MappedElf& elf) { return NoteReader(elf).read(); }

}  // namespace pack
