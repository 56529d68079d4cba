// What the entries of an ld.so.cache mean: which library kinds there are, and which entry a loader
// takes (glibc, elf/dl-cache.c, search_cache).

#include "closure/ld_so_cache.h"

#include <algorithm>

namespace pack {

namespace {

constexpr uint32_t kElf = 0x1;       // FLAG_ELF: of unknown libc
constexpr uint32_t kElfLibc6 = 0x3;  // FLAG_ELF_LIBC6
constexpr uint32_t kArmHardFloat = 0x900;
constexpr uint32_t kArmSoftFloat = 0xb00;

// e_machine
constexpr uint16_t kMips = 8;
constexpr uint16_t kPowerPc64 = 21;
constexpr uint16_t kS390 = 22;
constexpr uint16_t kArm = 40;
constexpr uint16_t kSparcV9 = 43;
constexpr uint16_t kIa64 = 50;
constexpr uint16_t kX86_64 = 62;
constexpr uint16_t kAarch64 = 183;
constexpr uint16_t kRiscV = 243;
constexpr uint16_t kLoongArch = 258;

uint32_t mips_abi(const ElfFacts& facts, bool is_64) {
  const bool nan2008 = facts.flags & 0x400;  // EF_MIPS_NAN2008
  const bool n32 = facts.flags & 0x20;       // EF_MIPS_ABI2
  if (is_64) return nan2008 ? 0xe00 : 0x700;
  if (n32) return nan2008 ? 0xd00 : 0x600;
  return nan2008 ? 0xc00 : 0;
}

/// Objects that say neither go with both.
uint32_t arm_abi(uint32_t flags) {
  if ((flags & 0xff000000) != 0x05000000) return 0;  // EF_ARM_EABI_VER5
  if (flags & 0x400) return kArmHardFloat;           // EF_ARM_ABI_FLOAT_HARD
  if (flags & 0x200) return kArmSoftFloat;           // EF_ARM_ABI_FLOAT_SOFT
  return 0;
}

uint32_t riscv_abi(uint32_t flags) {
  switch (flags & 0x6) {  // EF_RISCV_FLOAT_ABI
    case 0x0:
      return 0xf00;  // soft
    case 0x4:
      return 0x1000;  // double
    default:
      return 0;  // glibc has no port for the others
  }
}

uint32_t loongarch_abi(uint32_t flags) {
  switch (flags & 0x7) {  // EF_LARCH_ABI_MODIFIER_MASK
    case 0x1:
      return 0x1100;  // soft
    case 0x3:
      return 0x1200;  // double
    default:
      return 0;
  }
}

uint32_t abi_of(const ElfFacts& facts) {
  const bool is_64 = facts.machine.elf_class == ElfClass::elf64;
  switch (facts.machine.number) {
    case kX86_64:
      return is_64 ? 0x300 : 0x800;
    case kAarch64:
      return is_64 ? 0xa00 : 0;
    case kArm:
      return arm_abi(facts.flags);
    case kS390:
      return is_64 ? 0x400 : 0;
    case kPowerPc64:
      return is_64 ? 0x500 : 0;
    case kSparcV9:
      return is_64 ? 0x100 : 0;
    case kIa64:
      return is_64 ? 0x200 : 0;
    case kMips:
      return mips_abi(facts, is_64);
    case kRiscV:
      return riscv_abi(facts.flags);
    case kLoongArch:
      return loongarch_abi(facts.flags);
    default:
      return 0;
  }
}

/// The loaders' _dl_cache_check_flags.
bool goes_with(uint32_t entry, uint32_t wanted) {
  if (entry == wanted) return true;
  if (wanted == kElfLibc6) return entry == kElf;
  const bool arm = wanted == (kArmHardFloat | kElfLibc6) || wanted == (kArmSoftFloat | kElfLibc6);
  return arm && entry == kElfLibc6;
}

/// The end of the digits that `at` stands on, and their value as the loader's int counts it.
int32_t take_number(std::string_view text, size_t& at) {
  uint32_t value = 0;
  for (; at < text.size() && text[at] >= '0' && text[at] <= '9'; ++at)
    value = value * 10 + static_cast<uint32_t>(text[at] - '0');
  return static_cast<int32_t>(value);
}

bool digit_at(std::string_view text, size_t at) {
  return at < text.size() && text[at] >= '0' && text[at] <= '9';
}

int char_at(std::string_view text, size_t at) {
  return at < text.size() ? static_cast<signed char>(text[at]) : 0;
}

}  // namespace

uint32_t ld_so_cache_flags(const ElfFacts& facts) { return kElfLibc6 | abi_of(facts); }

std::vector<const LdSoCacheEntry*> ld_so_cache_matches(const LdSoCache& cache,
                                                       std::string_view name, uint32_t flags) {
  const auto compare = [&](const LdSoCacheEntry& entry) {
    return compare_library_names(entry.name, name);
  };
  auto entry = std::partition_point(cache.entries.begin(), cache.entries.end(),
                                    [&](const auto& it) { return compare(it) > 0; });
  std::vector<const LdSoCacheEntry*> matches;
  for (; entry != cache.entries.end() && compare(*entry) == 0; ++entry)
    if (goes_with(entry->flags, flags)) matches.push_back(&*entry);
  // Levels compare as names do: x86-64-v4 before -v3, power10 before power9.
  std::stable_sort(matches.begin(), matches.end(), [](const auto* a, const auto* b) {
    if (!a->hwcaps_level || !b->hwcaps_level) return a->hwcaps_level > b->hwcaps_level;
    return compare_library_names(*a->hwcaps_level, *b->hwcaps_level) > 0;
  });
  return matches;
}

const LdSoCacheEntry* find_in_ld_so_cache(const LdSoCache& cache, std::string_view name,
                                          uint32_t flags) {
  constexpr uint64_t kTls = uint64_t{1} << 63;  // "tls" folders, which every CPU's loader takes
  const auto matches = ld_so_cache_matches(cache, name, flags);
  for (const LdSoCacheEntry* entry : matches)
    if ((entry->hwcap & ~kTls) == 0) return entry;
  return matches.empty() ? nullptr : matches.back();
}

int compare_library_names(std::string_view a, std::string_view b) {
  size_t i = 0, j = 0;
  while (i < a.size()) {
    if (digit_at(a, i) != digit_at(b, j)) return digit_at(a, i) ? 1 : -1;
    if (digit_at(a, i)) {
      const int32_t left = take_number(a, i);
      const int32_t right = take_number(b, j);
      if (left != right) return left < right ? -1 : 1;
    } else {
      if (char_at(a, i) != char_at(b, j)) return char_at(a, i) - char_at(b, j);
      ++i;
      ++j;
    }
  }
  return char_at(a, i) - char_at(b, j);
}

}  // namespace pack
