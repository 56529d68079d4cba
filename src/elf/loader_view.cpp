// What a loader reads of an ELF file, and where it stands.
//
//   ELF header -> program headers -> PT_INTERP: the interpreter's path, at a place in the file
//                                 -> PT_DYNAMIC: tags with values, at an address
//                                      DT_STRTAB, DT_STRSZ: the string table, at an address
//                                      DT_NEEDED, ...: offsets into the string table
//
// Addresses become places in the file through the PT_LOAD segments. That is how the loader finds
// them; sections, which a linker uses, may be stripped or lie. Every size and offset comes from
// the file and is compared with the file's size or with its table before it is used.
//
// The checks are those of the kernel (fs/binfmt_elf.c) and of glibc's open_verify and
// _dl_map_object_from_fd (elf/dl-load.c). What needs no loader (relocatable files, core dumps) is
// described by its header alone.

#include "elf/loader_view.h"

#include "elf/file_window.h"
#include "elf/layout.h"
#include "elf/segments.h"

namespace pack {

namespace {

constexpr std::string_view kMagic =
    "\x7f"
    "ELF";
constexpr uint64_t kLongestPath = 4096;  // PATH_MAX, with its NUL

ElfHeader parse_header(std::string_view start) {
  ElfHeader header;
  header.machine = parse_elf_machine(start);
  const ElfLayout& layout = layout_of(header.machine.elf_class);
  if (start.size() < layout.header)
    throw ElfError("the ELF file is truncated: its header needs " + std::to_string(layout.header) +
                   " bytes and it has " + std::to_string(start.size()));
  const auto field = [&](size_t at, size_t size) {
    return get_integer(start, at, size, header.machine.byte_order);
  };
  if (const uint64_t version = field(kElfVersionAt, 4); version != 1)
    throw ElfError("the ELF file is of version " + std::to_string(version) +
                   " (e_version); only version 1 exists");
  header.type = static_cast<uint16_t>(field(kElfTypeAt, 2));
  header.flags = static_cast<uint32_t>(field(layout.e_flags, 4));
  header.segments_at = field(layout.e_phoff, layout.address);
  header.segment_size = static_cast<uint16_t>(field(layout.e_phentsize, 2));
  header.segment_count = static_cast<uint16_t>(field(layout.e_phnum, 2));
  return header;
}

/// As the kernel takes it: up to the first NUL, which must be there.
std::string read_interpreter(const FileWindow& file, const Segment& segment) {
  if (segment.file_size > kLongestPath)
    throw ElfError("the interpreter's path (PT_INTERP) is " + std::to_string(segment.file_size) +
                   " bytes long; the kernel takes at most 4096");
  if (!file.holds(segment.offset, segment.file_size))
    throw ElfError(
        "the ELF file is truncated: the interpreter's path (PT_INTERP) is beyond its end");
  const std::string bytes = file.read(segment.offset, segment.file_size);
  if (bytes.empty() || bytes.front() == '\0')
    throw ElfError("the interpreter's path (PT_INTERP) is empty");
  if (bytes.back() != '\0')
    throw ElfError("the interpreter's path (PT_INTERP) does not end in a NUL byte");
  std::string path = bytes.c_str();
  if (bytes.find_first_not_of('\0', path.size()) != bytes.npos)
    throw ElfError("the interpreter's path (PT_INTERP) has a NUL byte inside: " + quoted(path));
  return path;
}

}  // namespace

ElfMachine parse_elf_machine(std::string_view start) {
  if (!start.starts_with(kMagic)) throw ElfError("not an ELF file");
  if (start.size() < kElfVersionAt)
    throw ElfError("the ELF file is truncated: it has only " + std::to_string(start.size()) +
                   " bytes of its header");
  const int elf_class = static_cast<uint8_t>(start[4]);
  const int byte_order = static_cast<uint8_t>(start[5]);
  if (elf_class != 1 && elf_class != 2)
    throw ElfError("the ELF file is neither of 32 nor of 64 bits (EI_CLASS is " +
                   std::to_string(elf_class) + ")");
  if (byte_order != 1 && byte_order != 2)
    throw ElfError("the ELF file is neither little- nor big-endian (EI_DATA is " +
                   std::to_string(byte_order) + ")");
  if (start[6] != 1)
    throw ElfError("the ELF file is of version " + std::to_string(static_cast<uint8_t>(start[6])) +
                   " (EI_VERSION); only version 1 exists");
  const auto order = static_cast<ByteOrder>(byte_order);
  return {static_cast<ElfClass>(elf_class), order,
          static_cast<uint16_t>(get_integer(start, kElfMachineAt, 2, order))};
}

LoaderView read_loader_view(const File& file) {
  const FileWindow window(file);
  LoaderView view;
  view.header = parse_header(window.start());
  if (!view.header.loadable()) return view;
  const std::vector<Segment> segments = read_segments(window, view.header);
  for (const Segment& segment : segments)
    if (segment.type == kPtInterp && !view.interpreter)  // the kernel takes the first
      view.interpreter = read_interpreter(window, segment);
  read_dynamic(window, segments, view);
  return view;
}

}  // namespace pack
