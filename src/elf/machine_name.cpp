#include "elf/elf.h"

namespace pack {

namespace {

std::string name_of(uint16_t number) {
  switch (number) {
    case 3:
      return "x86";
    case 8:
      return "MIPS";
    case 20:
      return "PowerPC";
    case 21:
      return "PowerPC64";
    case 22:
      return "S/390";
    case 40:
      return "ARM";
    case 62:
      return "x86-64";
    case 183:
      return "AArch64";
    case 243:
      return "RISC-V";
    case 258:
      return "LoongArch";
    default:
      return "machine " + std::to_string(number);
  }
}

}  // namespace

std::string describe(const ElfMachine& machine) {
  const std::string width = machine.elf_class == ElfClass::elf64 ? "64-bit " : "32-bit ";
  const std::string order = machine.byte_order == ByteOrder::big ? "big-endian " : "";
  return width + order + name_of(machine.number);
}

}  // namespace pack
