// The loader's view as a file of its own:
//
//   ELF header | PT_LOAD PT_INTERP PT_DYNAMIC | interpreter | dynamic entries | string table
//              | needed versions | defined versions
//
// The one PT_LOAD maps the whole file at address 0, so that addresses and file offsets are the
// same. There are no sections. A file that is not loadable becomes its header alone.

#include "elf/small_image.h"

#include <string_view>

#include "elf/layout.h"

namespace pack {

namespace {

/// The offsets of the strings in the image's string table, in the order of the view.
struct Offsets {
  std::vector<uint64_t> strings;
  std::vector<uint64_t> needed;   ///< two for each needed version: its file, its name
  std::vector<uint64_t> defined;  ///< names
};

class ImageWriter {
 public:
  explicit ImageWriter(const LoaderView& view)
      : view_(view), layout_(layout_of(view.header.machine.elf_class)) {
    segments_ = 1 + (view.interpreter ? 1 : 0) + (view.dynamic ? 1 : 0);
    bytes_.reserve(2048);
    bytes_.resize(layout_.header + (view.header.loadable() ? segments_ * layout_.segment : 0));
    write_header();
  }

  SmallImage write(std::span<const DynamicString> strings, Versions versions) {
    if (!view_.header.loadable()) return {std::move(bytes_), 0};
    if (view_.interpreter) {
      const size_t at = append(*view_.interpreter);
      bytes_ += '\0';
      write_segment(kPtInterp, at, bytes_.size() - at);
    }
    const size_t strings_at = view_.dynamic ? write_dynamic(strings, versions) : bytes_.size();
    write_segment(kPtLoad, 0, bytes_.size());
    return {std::move(bytes_), strings_at};
  }

 private:
  void put(size_t at, size_t size, uint64_t value) {
    put_integer(bytes_, at, size, view_.header.machine.byte_order, value);
  }

  size_t append(std::string_view more) {
    const size_t at = bytes_.size();
    bytes_ += more;
    return at;
  }

  size_t append_zeros(size_t size) {
    bytes_.resize(bytes_.size() + size);
    return bytes_.size() - size;
  }

  void write_header() {
    const ElfHeader& header = view_.header;
    bytes_.replace(0, 4,
                   "\x7f"
                   "ELF");
    bytes_[4] = static_cast<char>(header.machine.elf_class);
    bytes_[5] = static_cast<char>(header.machine.byte_order);
    bytes_[6] = 1;
    put(kElfTypeAt, 2, header.type);
    put(kElfMachineAt, 2, header.machine.number);
    put(kElfVersionAt, 4, 1);
    put(layout_.e_flags, 4, header.flags);
    put(layout_.e_ehsize, 2, layout_.header);
    if (!header.loadable()) return;
    put(layout_.e_phoff, layout_.address, layout_.header);
    put(layout_.e_phentsize, 2, layout_.segment);
    put(layout_.e_phnum, 2, segments_);
  }

  void write_segment(uint32_t type, size_t offset, size_t size) {
    const size_t at = layout_.header + layout_.segment * next_segment_++;
    put(at, 4, type);
    for (const size_t field : {layout_.p_offset, layout_.p_vaddr})
      put(at + field, layout_.address, offset);
    for (const size_t field : {layout_.p_filesz, layout_.p_memsz})
      put(at + field, layout_.address, size);
    put(at + layout_.p_align, layout_.address, 1);
  }

  void write_entry(uint64_t tag, uint64_t value) {
    put(next_entry_, layout_.address, tag);
    put(next_entry_ + layout_.address, layout_.address, value);
    next_entry_ += layout_.dynamic;
  }

  /// Returns where the string table is.
  size_t write_dynamic(std::span<const DynamicString> strings, Versions versions) {
    // DT_FLAGS_1, DT_STRTAB, DT_STRSZ, two for each kind of version, DT_NULL
    const size_t entries = strings.size() + 8;
    next_entry_ = append_zeros(entries * layout_.dynamic);
    const size_t strings_at = append_zeros(1);
    write_segment(kPtDynamic, next_entry_, strings_at - next_entry_);
    const Offsets offsets = write_strings(strings, versions, strings_at);
    for (size_t i = 0; i < strings.size(); ++i) write_entry(strings[i].tag, offsets.strings[i]);
    write_entry(kDtFlags1, view_.flags_1);
    write_entry(kDtStrtab, strings_at);
    write_entry(kDtStrsz, bytes_.size() - strings_at);
    if (!offsets.needed.empty()) write_needed(offsets.needed);
    if (!offsets.defined.empty()) write_defined(offsets.defined);
    return strings_at;
  }

  Offsets write_strings(std::span<const DynamicString> strings, Versions versions,
                        size_t strings_at) {
    const auto add = [&](const std::string& text) {
      const size_t at = append(text) - strings_at;
      bytes_ += '\0';
      return at;
    };
    Offsets offsets;
    for (const DynamicString& string : strings) offsets.strings.push_back(add(string.text));
    if (versions == Versions::left_out) return offsets;
    for (const NeededVersion& needed : view_.versions_needed) {
      // Versions of one library follow each other.
      const bool known = !offsets.needed.empty() &&
                         bytes_.c_str() + strings_at + *(offsets.needed.end() - 2) == needed.file;
      offsets.needed.push_back(known ? *(offsets.needed.end() - 2) : add(needed.file));
      offsets.needed.push_back(add(needed.version));
    }
    for (const std::string& defined : view_.versions_defined)
      offsets.defined.push_back(add(defined));
    return offsets;
  }

  /// A Verneed record for each run of versions of one library.
  void write_needed(const std::vector<uint64_t>& offsets) {
    write_entry(kDtVerneed, bytes_.size());
    uint64_t records = 0;
    size_t last = 0;
    for (size_t first = 0, next; first < offsets.size(); first = next) {
      next = first;
      while (next < offsets.size() && offsets[next] == offsets[first]) next += 2;
      if (records++ > 0) put(last + VersionLayout::kNeedNext, 4, bytes_.size() - last);
      last = write_need(offsets, first, next);
    }
    write_entry(kDtVerneednum, records);
  }

  size_t write_need(const std::vector<uint64_t>& offsets, size_t first, size_t end) {
    using Layout = VersionLayout;
    const size_t at = append_zeros(Layout::kNeed);
    put(at, 2, 1);
    put(at + Layout::kNeedCount, 2, (end - first) / 2);
    put(at + Layout::kNeedFile, 4, offsets[first]);
    put(at + Layout::kNeedAux, 4, Layout::kNeed);
    for (size_t i = first; i < end; i += 2) {
      const size_t aux = append_zeros(Layout::kNeedAuxSize);
      put(aux + Layout::kNeedAuxFlags, 2, view_.versions_needed[i / 2].flags);
      put(aux + Layout::kNeedAuxName, 4, offsets[i + 1]);
      if (i + 2 < end) put(aux + Layout::kNeedAuxNext, 4, Layout::kNeedAuxSize);
    }
    return at;
  }

  void write_defined(const std::vector<uint64_t>& offsets) {
    using Layout = VersionLayout;
    write_entry(kDtVerdef, bytes_.size());
    write_entry(kDtVerdefnum, offsets.size());
    for (size_t i = 0; i < offsets.size(); ++i) {
      const size_t at = append_zeros(Layout::kDef + Layout::kDefAuxSize);
      put(at, 2, 1);
      put(at + Layout::kDefCount, 2, 1);
      put(at + Layout::kDefAux, 4, Layout::kDef);
      if (i + 1 < offsets.size()) put(at + Layout::kDefNext, 4, Layout::kDef + Layout::kDefAuxSize);
      put(at + Layout::kDef, 4, offsets[i]);
    }
  }

  const LoaderView& view_;
  const ElfLayout& layout_;
  size_t segments_ = 0;
  size_t next_segment_ = 0;
  size_t next_entry_ = 0;  ///< where the next dynamic entry goes
  std::string bytes_;
};

}  // namespace

SmallImage compose_small_image(const LoaderView& view, std::span<const DynamicString> strings,
                               Versions versions) {
  return ImageWriter(view).write(strings, versions);
}

}  // namespace pack
