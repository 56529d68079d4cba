#include "elf/header.h"

#include <string>

#include "elf/layout.h"

namespace pack {

namespace {

constexpr std::string_view kMagic =
    "\x7f"
    "ELF";

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

ElfHeader parse_elf_header(std::string_view start) {
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

}  // namespace pack
