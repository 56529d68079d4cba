#include "support/small_elf.h"

#include <elf.h>

#include <utility>

namespace pack {
namespace {

constexpr uint64_t kBase = 0x400000;

/// Appends numbers in the file's class and byte order.
class Writer {
 public:
  explicit Writer(const SmallElf& elf) : elf_(elf) {}

  void number(uint64_t value, int size) {
    for (int i = 0; i < size; ++i) {
      const int shift = 8 * (elf_.big_endian ? size - 1 - i : i);
      bytes += static_cast<char>(value >> shift & 0xff);
    }
  }
  void half(uint64_t value) { number(value, 2); }
  void word(uint64_t value) { number(value, 4); }
  void address(uint64_t value) { number(value, elf_.is_64 ? 8 : 4); }

  std::string bytes;

 private:
  const SmallElf& elf_;
};

struct Layout {
  uint64_t header, program_header, dynamic, interpreter, strings, code, end;
  int program_headers;
};

using Dynamic = std::vector<std::pair<uint64_t, uint64_t>>;

/// The dynamic entries, and the strings that they name by offset.
Dynamic dynamic_entries(const SmallElf& elf, std::string& strings) {
  Dynamic entries;
  strings.assign(1, '\0');
  const auto add = [&](uint64_t tag, const std::string& text) {
    if (text.empty()) return;
    entries.emplace_back(tag, strings.size());
    strings += text + '\0';
  };
  for (const std::string& name : elf.needed) add(DT_NEEDED, name);
  add(DT_SONAME, elf.soname);
  add(DT_RUNPATH, elf.runpath);
  if (entries.empty() && elf.interpreter.empty()) return entries;
  entries.emplace_back(DT_STRSZ, strings.size());
  return entries;
}

Layout lay_out(const SmallElf& elf, const Dynamic& dynamic, const std::string& strings) {
  Layout at = {};
  at.header = elf.is_64 ? sizeof(Elf64_Ehdr) : sizeof(Elf32_Ehdr);
  at.program_header = elf.is_64 ? sizeof(Elf64_Phdr) : sizeof(Elf32_Phdr);
  at.program_headers = 1 + !elf.interpreter.empty() + !dynamic.empty();
  at.dynamic = at.header + at.program_header * static_cast<uint64_t>(at.program_headers);
  const uint64_t entry = elf.is_64 ? sizeof(Elf64_Dyn) : sizeof(Elf32_Dyn);
  at.interpreter = at.dynamic + (dynamic.empty() ? 0 : (dynamic.size() + 2) * entry);
  at.strings = at.interpreter + (elf.interpreter.empty() ? 0 : elf.interpreter.size() + 1);
  at.code = at.strings + strings.size();
  at.end = at.code + elf.code.size();
  return at;
}

void write_header(const SmallElf& elf, const Layout& at, Writer& out) {
  out.bytes =
      "\x7f"
      "ELF";
  out.number(elf.is_64 ? ELFCLASS64 : ELFCLASS32, 1);
  out.number(elf.big_endian ? ELFDATA2MSB : ELFDATA2LSB, 1);
  out.number(EV_CURRENT, 1);
  out.bytes.resize(EI_NIDENT, '\0');
  out.half(elf.type);
  out.half(elf.machine);
  out.word(EV_CURRENT);
  out.address(kBase + at.code);
  out.address(at.header);
  out.address(0);  // no sections
  out.word(elf.flags);
  out.half(at.header);
  out.half(at.program_header);
  out.half(static_cast<uint64_t>(at.program_headers));
  out.half(elf.is_64 ? sizeof(Elf64_Shdr) : sizeof(Elf32_Shdr));
  out.half(0);
  out.half(0);
}

void write_segment(const SmallElf& elf, Writer& out, uint32_t type, uint64_t offset, uint64_t size,
                   uint64_t alignment) {
  constexpr uint32_t kFlags = PF_R | PF_X;
  out.word(type);
  if (elf.is_64) out.word(kFlags);
  out.address(offset);
  out.address(kBase + offset);
  out.address(kBase + offset);
  out.address(size);
  out.address(size);
  if (!elf.is_64) out.word(kFlags);
  out.address(alignment);
}

void write_dynamic(const Dynamic& dynamic, const Layout& at, Writer& out) {
  for (const auto& [tag, value] : dynamic) {
    out.address(tag);
    out.address(value);
  }
  out.address(DT_STRTAB);
  out.address(kBase + at.strings);
  out.address(DT_NULL);
  out.address(0);
}

}  // namespace

std::string elf_bytes(const SmallElf& elf) {
  std::string strings;
  const Dynamic dynamic = dynamic_entries(elf, strings);
  const Layout at = lay_out(elf, dynamic, strings);
  Writer out(elf);
  write_header(elf, at, out);
  if (!elf.interpreter.empty())
    write_segment(elf, out, PT_INTERP, at.interpreter, elf.interpreter.size() + 1, 1);
  write_segment(elf, out, PT_LOAD, 0, at.end, 0x1000);
  if (!dynamic.empty()) {
    write_segment(elf, out, PT_DYNAMIC, at.dynamic, at.interpreter - at.dynamic, 8);
    write_dynamic(dynamic, at, out);
  }
  if (!elf.interpreter.empty()) out.bytes += elf.interpreter + '\0';
  out.bytes += strings + elf.code;
  return out.bytes;
}

std::string hello_code() {
  using namespace std::string_literals;
  return "\xb8\x01\x00\x00\x00"          // mov eax, 1      (write)
         "\xbf\x01\x00\x00\x00"          // mov edi, 1
         "\x48\x8d\x35\x10\x00\x00\x00"  // lea rsi, [rip+16]
         "\xba\x06\x00\x00\x00"          // mov edx, 6
         "\x0f\x05"                      // syscall
         "\xb8\x3c\x00\x00\x00"          // mov eax, 60     (exit)
         "\x31\xff"                      // xor edi, edi
         "\x0f\x05"                      // syscall
         "hello\n"s;
}

}  // namespace pack
