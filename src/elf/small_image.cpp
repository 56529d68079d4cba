// The loader's view as a file of its own:
//
//   ELF header | PT_LOAD PT_INTERP PT_DYNAMIC | interpreter | dynamic entries | string table
//
// The one PT_LOAD maps the whole file at address 0, so that addresses and file offsets are the
// same. There are no sections. A file that is not loadable becomes its header alone.

#include "elf/small_image.h"

#include <map>
#include <string_view>
#include <vector>

#include "elf/layout.h"

namespace pack {

namespace {

class ImageWriter {
 public:
  explicit ImageWriter(const LoaderView& view)
      : view_(view), layout_(layout_of(view.header.machine.elf_class)) {
    segments_ = 1 + (view.interpreter ? 1 : 0) + (view.dynamic ? 1 : 0);
    bytes_.resize(layout_.header + (view.header.loadable() ? segments_ * layout_.segment : 0));
    write_header();
  }

  SmallImage write(std::span<const DynamicString> strings) {
    if (!view_.header.loadable()) return {std::move(bytes_), 0};
    if (view_.interpreter) {
      const size_t at = append(*view_.interpreter + '\0');
      write_segment(kPtInterp, at, bytes_.size() - at);
    }
    const size_t strings_at = view_.dynamic ? write_dynamic(strings) : bytes_.size();
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

  /// Returns where the string table is.
  size_t write_dynamic(std::span<const DynamicString> strings) {
    const size_t entries = strings.size() + 4;  // DT_STRTAB, DT_STRSZ, DT_FLAGS_1, DT_NULL
    const size_t at = append(std::string(entries * layout_.dynamic, '\0'));
    const size_t strings_at = append(std::string(1, '\0'));
    write_segment(kPtDynamic, at, strings_at - at);
    size_t next = at;
    const auto write_entry = [&](uint64_t tag, uint64_t value) {
      put(next, layout_.address, tag);
      put(next + layout_.address, layout_.address, value);
      next += layout_.dynamic;
    };
    std::map<std::string_view, size_t> offsets;
    for (const DynamicString& string : strings) {
      const auto [place, is_new] = offsets.try_emplace(string.text, bytes_.size() - strings_at);
      if (is_new) append(string.text + '\0');
      write_entry(string.tag, place->second);
    }
    write_entry(kDtFlags1, view_.flags_1);
    write_entry(kDtStrtab, strings_at);
    write_entry(kDtStrsz, bytes_.size() - strings_at);
    return strings_at;
  }

  const LoaderView& view_;
  const ElfLayout& layout_;
  size_t segments_ = 0;
  size_t next_segment_ = 0;
  std::string bytes_;
};

}  // namespace

SmallImage compose_small_image(const LoaderView& view, std::span<const DynamicString> strings) {
  return ImageWriter(view).write(strings);
}

}  // namespace pack
