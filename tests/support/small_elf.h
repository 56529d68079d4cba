#pragma once

#include <cstdint>
#include <string>
#include <vector>

namespace pack {

/// An ELF file written out by hand: the same bytes on every machine, for any machine.
struct SmallElf {
  uint16_t machine = 62;  ///< e_machine; 62 is EM_X86_64
  bool is_64 = true;
  bool big_endian = false;
  uint16_t type = 2;   ///< e_type; 2 is ET_EXEC, 3 ET_DYN
  uint32_t flags = 0;  ///< e_flags
  std::string interpreter = {};
  std::vector<std::string> needed = {};
  std::string soname = {};
  std::string runpath = {};
  std::string code = {};  ///< where it starts
};

/// The file's bytes: one PT_LOAD that maps all of it, PT_INTERP and PT_DYNAMIC where there is
/// something to say, no sections. (gABI chapters 4 and 5)
std::string elf_bytes(const SmallElf& elf);

/// x86-64 code that writes "hello\n" to stdout and exits with status 0.
std::string hello_code();

}  // namespace pack
