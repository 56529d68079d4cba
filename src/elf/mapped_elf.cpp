#include "elf/mapped_elf.h"

#include <string>

namespace pack {

MappedElf::MappedElf(const File& from) : file(from), header(parse_elf_header(file.start())) {
  if (!header.loadable()) return;
  segments = read_segments(file, header);
  dynamic = read_dynamic_section(file, segments, header.machine);
}

std::optional<FileRange> MappedElf::table(uint64_t tag, const char* name) const {
  const std::optional<uint64_t> address = dynamic.value(tag);
  if (!address) return std::nullopt;
  const FileRange place = mapped_from(segments, *address);
  if (place.size == 0)
    throw ElfError("the " + std::string(name) + " of the ELF file is not inside a PT_LOAD segment");
  return place;
}

}  // namespace pack
