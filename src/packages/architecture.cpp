#include "packages/architecture.h"

#include <elf.h>

namespace pack {

ArchitectureNames architecture_names(const ElfFacts& facts) {
  const bool little = facts.machine.byte_order == ByteOrder::little;
  const bool wide = facts.machine.elf_class == ElfClass::elf64;
  switch (facts.machine.number) {
    case EM_386:
      return {"i386", "x86"};
    case EM_X86_64:
      return wide ? ArchitectureNames{"amd64", "x86_64"} : ArchitectureNames{"x32", ""};
    case EM_ARM:
      return facts.flags & EF_ARM_ABI_FLOAT_SOFT ? ArchitectureNames{"armel", ""}
                                                 : ArchitectureNames{"armhf", "armv7"};
    case EM_AARCH64:
      return {"arm64", "aarch64"};
    case EM_RISCV:
      return wide ? ArchitectureNames{"riscv64", "riscv64"} : ArchitectureNames{"riscv32", ""};
    case EM_S390:
      return wide ? ArchitectureNames{"s390x", "s390x"} : ArchitectureNames{"s390", ""};
    case EM_PPC64:
      return little ? ArchitectureNames{"ppc64el", "ppc64le"} : ArchitectureNames{"ppc64", ""};
    case EM_MIPS:
      if (!wide) return {little ? "mipsel" : "mips", ""};
      return {little ? "mips64el" : "mips64", ""};
    case 258:  // EM_LOONGARCH, which elf.h does not know everywhere
      return {"loong64", "loongarch64"};
    default:
      return {};
  }
}

}  // namespace pack
