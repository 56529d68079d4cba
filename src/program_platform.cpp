#include "program_platform.h"

namespace pack {

std::optional<Platform> platform_of(const ElfFacts& facts) {
  const bool little = facts.machine.byte_order == ByteOrder::little;
  const bool wide = facts.machine.elf_class == ElfClass::elf64;
  constexpr uint32_t kArmHardFloat = 0x400;  // EF_ARM_ABI_FLOAT_HARD
  const auto linux_on = [](std::string architecture, std::string variant = {}) {
    return Platform{"linux", std::move(architecture), std::move(variant)};
  };
  switch (facts.machine.number) {
    case 3:
      return linux_on("386");
    case 8:
      return linux_on(std::string(wide ? "mips64" : "mips") + (little ? "le" : ""));
    case 21:
      return linux_on(little ? "ppc64le" : "ppc64");
    case 22:
      return linux_on("s390x");
    case 40:
      return linux_on("arm", facts.flags & kArmHardFloat ? "v7" : "v5");
    case 62:
      return linux_on("amd64");
    case 183:
      return linux_on("arm64", "v8");
    case 243:
      return linux_on("riscv64");
    case 258:
      return linux_on("loong64");
    default:
      return std::nullopt;
  }
}

}  // namespace pack
