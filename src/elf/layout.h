#pragma once

#include <cstddef>
#include <cstdint>
#include <string>
#include <string_view>

#include "elf/elf.h"

namespace pack {

inline constexpr uint32_t kPtLoad = 1;
inline constexpr uint32_t kPtDynamic = 2;
inline constexpr uint32_t kPtInterp = 3;

inline constexpr uint64_t kDtNull = 0;
inline constexpr uint64_t kDtNeeded = 1;
inline constexpr uint64_t kDtHash = 4;
inline constexpr uint64_t kDtStrtab = 5;
inline constexpr uint64_t kDtSymtab = 6;
inline constexpr uint64_t kDtRela = 7;
inline constexpr uint64_t kDtStrsz = 10;
inline constexpr uint64_t kDtSoname = 14;
inline constexpr uint64_t kDtRpath = 15;
inline constexpr uint64_t kDtRel = 17;
inline constexpr uint64_t kDtJmprel = 23;
inline constexpr uint64_t kDtRunpath = 29;
inline constexpr uint64_t kDtGnuHash = 0x6ffffef5;
inline constexpr uint64_t kDtVersym = 0x6ffffff0;
inline constexpr uint64_t kDtFlags1 = 0x6ffffffb;
inline constexpr uint64_t kDtVerdef = 0x6ffffffc;
inline constexpr uint64_t kDtVerdefnum = 0x6ffffffd;
inline constexpr uint64_t kDtVerneed = 0x6ffffffe;
inline constexpr uint64_t kDtVerneednum = 0x6fffffff;
inline constexpr uint64_t kDtAuxiliary = 0x7ffffffd;
inline constexpr uint64_t kDtFilter = 0x7fffffff;

/// Sizes and field offsets, in bytes, of the tables of one ELF class (gABI chapters 4 and 5).
struct ElfLayout {
  size_t address;  ///< size of an address, an offset and a dynamic tag
  size_t header;
  size_t e_phoff, e_flags, e_ehsize, e_phentsize, e_phnum;
  size_t segment;
  size_t p_offset, p_vaddr, p_filesz, p_memsz, p_align;
  size_t dynamic;  ///< d_tag and d_val
  size_t symbol;
  size_t st_info, st_other, st_shndx, st_value;  ///< st_name is at 0, of 4 bytes
};

/// Records of DT_VERNEED and DT_VERDEF, the same in both classes: sizes and field offsets.
/// (gABI's GNU extension, "Symbol Versioning" in the LSB)
struct VersionLayout {
  static constexpr size_t kNeed = 16;
  static constexpr size_t kNeedCount = 2;  ///< 2 bytes
  static constexpr size_t kNeedFile = 4;   ///< this and all below: 4 bytes
  static constexpr size_t kNeedAux = 8;
  static constexpr size_t kNeedNext = 12;
  static constexpr size_t kNeedAuxSize = 16;
  static constexpr size_t kNeedAuxFlags = 4;  ///< 2 bytes
  static constexpr size_t kNeedAuxOther = 6;  ///< 2 bytes
  static constexpr size_t kNeedAuxName = 8;
  static constexpr size_t kNeedAuxNext = 12;
  static constexpr size_t kDef = 20;
  static constexpr size_t kDefFlags = 2;  ///< 2 bytes
  static constexpr size_t kDefIndex = 4;  ///< 2 bytes
  static constexpr size_t kDefCount = 6;  ///< 2 bytes
  static constexpr size_t kDefAux = 12;
  static constexpr size_t kDefNext = 16;
  static constexpr size_t kDefAuxSize = 8;  ///< vda_name, vda_next: 4 bytes each
};

/// The offsets that are the same in both classes.
inline constexpr size_t kElfIdent = 16;
inline constexpr size_t kElfTypeAt = 16;
inline constexpr size_t kElfMachineAt = 18;
inline constexpr size_t kElfVersionAt = 20;

inline constexpr ElfLayout kElf32{4,  52, 28, 36, 40, 42, 44, 32, 4, 8,
                                  16, 20, 28, 8,  16, 12, 13, 14, 4};
inline constexpr ElfLayout kElf64{8,  64, 32, 48, 52, 54, 56, 56, 8, 16,
                                  32, 40, 48, 16, 24, 4,  5,  6,  8};

inline const ElfLayout& layout_of(ElfClass elf_class) {
  return elf_class == ElfClass::elf32 ? kElf32 : kElf64;
}

/// The unsigned integer of `size` bytes (at most 8) at `at`, which must be inside `bytes`.
inline uint64_t get_integer(std::string_view bytes, size_t at, size_t size, ByteOrder order) {
  uint64_t value = 0;
  for (size_t i = 0; i < size; ++i) {
    const size_t from = order == ByteOrder::big ? at + i : at + size - 1 - i;
    value = value << 8 | static_cast<uint8_t>(bytes[from]);
  }
  return value;
}

/// The reverse: overwrites `size` bytes at `at`.
inline void put_integer(std::string& bytes, size_t at, size_t size, ByteOrder order,
                        uint64_t value) {
  for (size_t i = 0; i < size; ++i, value >>= 8)
    bytes[order == ByteOrder::big ? at + size - 1 - i : at + i] = static_cast<char>(value);
}

}  // namespace pack
