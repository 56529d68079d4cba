#pragma once

#include <elf.h>

#include <string>
#include <utility>
#include <vector>

#include "closure/closure.h"
#include "source/memory_tree.h"
#include "support/dlopen_note.h"

namespace pack::test {

/// An ELF file for trees in memory: only what loaders read, and no code.
struct MemoryElf {
  std::vector<std::string> needed = {};
  std::string soname = {};
  std::string rpath = {};
  std::string runpath = {};
  std::vector<std::string> filters = {};
  std::vector<std::string> auxiliaries = {};
  std::string interpreter = {};
  uint64_t flags_1 = 0;
  uint16_t type = ET_DYN;
  uint16_t machine = EM_X86_64;
  uint32_t flags = 0;
  bool is_64 = true;
  bool big_endian = false;
  bool dynamic = true;
  std::vector<std::string> dlopen_notes = {};  ///< the content of each; little-endian files only
};

class MemoryElfWriter {
 public:
  explicit MemoryElfWriter(const MemoryElf& elf) : elf_(elf) {}

  std::string bytes() && {
    collect();
    const size_t word = elf_.is_64 ? 8 : 4;
    const size_t header = elf_.is_64 ? 64 : 52;
    const size_t segment = elf_.is_64 ? 56 : 32;
    const size_t segments =
        1U + elf_.dynamic + !elf_.interpreter.empty() + !elf_.dlopen_notes.empty();
    const size_t table = header + segments * segment;
    // Two more entries, DT_STRTAB and DT_NULL.
    const size_t table_size = elf_.dynamic ? (entries_.size() + 2) * 2 * word : 0;
    const size_t strings = table + table_size;
    const size_t interpreter = strings + strings_.size();
    const size_t notes_at = interpreter + elf_.interpreter.size() + 1;
    std::string notes;
    for (const std::string& json : elf_.dlopen_notes) notes += dlopen_note_bytes(json);
    const size_t end = notes_at + notes.size();
    write_header(header, segment, segments);
    if (!elf_.interpreter.empty())
      write_segment(PT_INTERP, interpreter, elf_.interpreter.size() + 1);
    write_segment(PT_LOAD, 0, end);
    if (!notes.empty()) write_segment(PT_NOTE, notes_at, notes.size());
    if (elf_.dynamic) {
      write_segment(PT_DYNAMIC, table, table_size);
      entries_.insert(entries_.end(), {{DT_STRTAB, strings}, {DT_NULL, 0}});
      for (const auto& [tag, value] : entries_) put(tag, word), put(value, word);
    }
    return out_ + strings_ + elf_.interpreter + '\0' + notes;
  }

 private:
  void add(uint64_t tag, const std::string& text) {
    entries_.emplace_back(tag, strings_.size());
    strings_ += text + '\0';
  }

  void collect() {
    for (const std::string& name : elf_.needed) add(DT_NEEDED, name);
    for (const std::string& name : elf_.filters) add(DT_FILTER, name);
    for (const std::string& name : elf_.auxiliaries) add(DT_AUXILIARY, name);
    if (!elf_.soname.empty()) add(DT_SONAME, elf_.soname);
    if (!elf_.rpath.empty()) add(DT_RPATH, elf_.rpath);
    if (!elf_.runpath.empty()) add(DT_RUNPATH, elf_.runpath);
    if (elf_.flags_1) entries_.emplace_back(DT_FLAGS_1, elf_.flags_1);
    entries_.emplace_back(DT_STRSZ, strings_.size());
  }

  void put(uint64_t value, size_t size) {
    for (size_t i = 0; i < size; ++i)
      out_ += static_cast<char>(value >> 8 * (elf_.big_endian ? size - 1 - i : i));
  }
  void put_address(uint64_t value) { put(value, elf_.is_64 ? 8 : 4); }

  void write_header(size_t header, size_t segment, size_t segments) {
    out_ = ELFMAG;
    out_ += static_cast<char>(elf_.is_64 ? ELFCLASS64 : ELFCLASS32);
    out_ += static_cast<char>(elf_.big_endian ? ELFDATA2MSB : ELFDATA2LSB);
    out_ += static_cast<char>(EV_CURRENT);
    out_.resize(EI_NIDENT, '\0');
    put(elf_.type, 2);
    put(elf_.machine, 2);
    put(EV_CURRENT, 4);
    put_address(0);
    put_address(header);
    put_address(0);
    put(elf_.flags, 4);
    for (const size_t half : {header, segment, segments, size_t{0}, size_t{0}, size_t{0}})
      put(half, 2);
  }

  void write_segment(uint32_t type, size_t offset, size_t size) {
    put(type, 4);
    if (elf_.is_64) put(PF_R, 4);
    for (const size_t value : {offset, offset, offset, size, size}) put_address(value);
    if (!elf_.is_64) put(PF_R, 4);
    put_address(type == PT_LOAD ? 0x1000 : 1);
  }

  MemoryElf elf_;
  std::string strings_ = std::string(1, '\0');
  std::vector<std::pair<uint64_t, uint64_t>> entries_;
  std::string out_;
};

inline MemoryTree::Node elf(const MemoryElf& elf, uint32_t mode = 0755) {
  return file(MemoryElfWriter(elf).bytes(), mode);
}

/// A shared library.
inline MemoryTree::Node library(MemoryElf it = {}) { return elf(it, 0644); }

inline constexpr const char* kLoader = "/lib64/ld-linux-x86-64.so.2";

/// A program that kLoader loads.
inline MemoryTree::Node program(MemoryElf it = {}, uint32_t mode = 0755) {
  if (it.interpreter.empty()) it.interpreter = kLoader;
  it.flags_1 |= DF_1_PIE;
  return elf(it, mode);
}

/// An ld.so with a Debian system's table of default directories in it.
inline MemoryTree::Node loader(MemoryElf it = {.soname = "ld-linux-x86-64.so.2"}) {
  using namespace std::string_literals;
  MemoryTree::Node node = elf(it);
  node.text +=
      "\0/lib/x86_64-linux-gnu/\0/usr/lib/x86_64-linux-gnu/\0/lib/\0/usr/lib/\0\0"
      "\0lib/x86_64-linux-gnu\0"s;
  return node;
}

/// A root that has kLoader.
inline MemoryTree with_loader(
    std::initializer_list<std::pair<std::string, MemoryTree::Node>> nodes) {
  MemoryTree tree(nodes);
  tree.put(kLoader, loader());
  return tree;
}

using Texts = std::vector<std::string>;

/// Routes of what a process maps, in load order; names that it misses behind them as "!NAME".
inline Texts loaded(const Process& process) {
  Texts texts;
  for (const LoadedObject& object : process.objects) texts.push_back(object.route);
  for (const Unresolved& missing : process.unresolved) texts.push_back('!' + missing.name);
  return texts;
}

inline Process process_of(const FileTree& tree, const std::string& program,
                          const Texts& library_path = {}, const Texts& libraries = {}) {
  ElfCache elves;
  return find_closure(tree, elves,
                      {.programs = {program}, .libraries = libraries, .library_path = library_path})
      .processes.front();
}

/// As loaded(), without the program in front and the interpreter.
inline Texts libraries_of(const FileTree& tree, const std::string& program,
                          const Texts& library_path = {}) {
  Texts texts = loaded(process_of(tree, program, library_path));
  std::erase(texts, program);
  std::erase(texts, kLoader);
  return texts;
}

}  // namespace pack::test
