#include "closure/usual_loader.h"

namespace pack {

namespace {

std::string arm_loader(uint32_t flags) {
  constexpr uint32_t kSoftFloat = 0x200;  // EF_ARM_ABI_FLOAT_SOFT
  return flags & kSoftFloat ? "/lib/ld-linux.so.3" : "/lib/ld-linux-armhf.so.3";
}

std::string mips_loader(const ElfFacts& facts) {
  const bool nan2008 = facts.flags & 0x400;  // EF_MIPS_NAN2008
  const bool n32 = facts.flags & 0x20;       // EF_MIPS_ABI2
  const std::string folder =
      facts.machine.elf_class == ElfClass::elf64 ? "/lib64" : (n32 ? "/lib32" : "/lib");
  return folder + (nan2008 ? "/ld-linux-mipsn8.so.1" : "/ld.so.1");
}

std::string riscv_loader(const ElfFacts& facts) {
  const bool is_64 = facts.machine.elf_class == ElfClass::elf64;
  const bool doubles = (facts.flags & 0x6) == 0x4;  // EF_RISCV_FLOAT_ABI
  return std::string("/lib/ld-linux-riscv") + (is_64 ? "64-lp64" : "32-ilp32") +
         (doubles ? "d" : "") + ".so.1";
}

}  // namespace

std::string usual_glibc_loader(const ElfFacts& facts) {
  const bool is_64 = facts.machine.elf_class == ElfClass::elf64;
  const bool little = facts.machine.byte_order == ByteOrder::little;
  switch (facts.machine.number) {
    case 3:  // EM_386
      return "/lib/ld-linux.so.2";
    case 8:  // EM_MIPS
      return mips_loader(facts);
    case 20:  // EM_PPC
      return "/lib/ld.so.1";
    case 21:  // EM_PPC64
      return little ? "/lib64/ld64.so.2" : "/lib64/ld64.so.1";
    case 22:  // EM_S390
      return is_64 ? "/lib/ld64.so.1" : "/lib/ld.so.1";
    case 40:  // EM_ARM
      return arm_loader(facts.flags);
    case 62:  // EM_X86_64
      return is_64 ? "/lib64/ld-linux-x86-64.so.2" : "/libx32/ld-linux-x32.so.2";
    case 183:  // EM_AARCH64
      return little ? "/lib/ld-linux-aarch64.so.1" : "/lib/ld-linux-aarch64_be.so.1";
    case 243:  // EM_RISCV
      return riscv_loader(facts);
    case 258:  // EM_LOONGARCH
      return "/lib64/ld-linux-loongarch-lp64d.so.1";
    default:
      return "";
  }
}

}  // namespace pack
