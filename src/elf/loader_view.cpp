// What a loader reads of an ELF file, and where it stands.
//
//   ELF header -> program headers -> PT_INTERP: the interpreter's path, at a place in the file
//                                 -> PT_DYNAMIC: tags with values, at an address
//                                      DT_STRTAB, DT_STRSZ: the string table, at an address
//                                      DT_NEEDED, ...: offsets into the string table
//                                      DT_VERNEED, DT_VERDEF: versions (versions.cpp)
//                                      DT_SYMTAB: imports (symbol_table.cpp)
//
// Addresses become places in the file through the PT_LOAD segments. That is how the loader finds
// them; sections, which a linker uses, may be stripped or lie. Every size and offset comes from
// the file and is compared with the file's size or with its table before it is used.
//
// The checks are those of the kernel (fs/binfmt_elf.c) and of glibc's open_verify and
// _dl_map_object_from_fd (elf/dl-load.c). What needs no loader (relocatable files, core dumps) is
// described by its header alone.

#include "elf/loader_view.h"

#include <utility>

#include "elf/mapped_elf.h"
#include "elf/string_table.h"
#include "elf/symbol_table.h"
#include "elf/versions.h"

namespace pack {

namespace {

constexpr uint64_t kLongestPath = 4096;  // PATH_MAX, with its NUL

/// As the kernel takes it: up to the first NUL, which must be there.
std::string read_interpreter(FileWindow& file, const Segment& segment) {
  if (segment.file_size > kLongestPath)
    throw ElfError("the interpreter's path (PT_INTERP) is " + std::to_string(segment.file_size) +
                   " bytes long; the kernel takes at most 4096");
  if (!file.holds(segment.offset, segment.file_size))
    throw ElfError(
        "the ELF file is truncated: the interpreter's path (PT_INTERP) is beyond its end");
  const std::string_view bytes = file.view(segment.offset, segment.file_size);
  if (bytes.empty() || bytes.front() == '\0')
    throw ElfError("the interpreter's path (PT_INTERP) is empty");
  if (bytes.back() != '\0')
    throw ElfError("the interpreter's path (PT_INTERP) does not end in a NUL byte");
  std::string path = bytes.data();
  if (bytes.find_first_not_of('\0', path.size()) != bytes.npos)
    throw ElfError("the interpreter's path (PT_INTERP) has a NUL byte inside: " + quoted(path));
  return path;
}

bool names_string(uint64_t tag) {
  return tag == kDtNeeded || tag == kDtSoname || tag == kDtRpath || tag == kDtRunpath ||
         tag == kDtFilter || tag == kDtAuxiliary;
}

/// Where the strings are that a view consists of, and where each goes.
class WantedStrings {
 public:
  void add(uint64_t offset, std::string& goal) {
    offsets_.push_back(offset);
    goals_.push_back(&goal);
  }
  /// The goals must still be where they were.
  void read(MappedElf& elf) const {
    if (offsets_.empty()) return;
    StringTable(elf).read(offsets_, [&](size_t i, std::string_view text) { *goals_[i] = text; });
  }

 private:
  std::vector<uint64_t> offsets_;
  std::vector<std::string*> goals_;
};

/// Fills in what consists of strings, with one walk through the string table.
void read_strings(MappedElf& elf, LoaderView& view) {
  const VersionRecords versions = read_versions(elf);
  view.strings.reserve(elf.dynamic.entries.size());
  view.versions_needed.reserve(versions.needs.size());
  view.versions_defined.reserve(versions.defs.size());
  WantedStrings wanted;
  for (const DynamicEntry& entry : elf.dynamic.entries)
    if (names_string(entry.tag))
      wanted.add(entry.value, view.strings.emplace_back(DynamicString{entry.tag, {}}).text);
  for (const VersionNeedRecord& need : versions.needs) {
    NeededVersion& it = view.versions_needed.emplace_back();
    it.flags = need.flags;
    wanted.add(need.file_at, it.file);
    wanted.add(need.name_at, it.version);
  }
  for (const VersionDefRecord& def : versions.defs)
    wanted.add(def.name_at, view.versions_defined.emplace_back());
  wanted.read(elf);
}

}  // namespace

LoaderView read_loader_view(const File& file, const ElfWants& wants) {
  MappedElf elf(file);
  LoaderView view;
  view.header = elf.header;
  for (const Segment& segment : elf.segments)
    if (segment.type == kPtInterp && !view.interpreter)  // the kernel takes the first
      view.interpreter = read_interpreter(elf.file, segment);
  if (!elf.dynamic.present) return view;
  view.dynamic = true;
  view.flags_1 = elf.dynamic.value(kDtFlags1).value_or(0);
  read_strings(elf, view);
  if (!wants.imports.empty()) view.imports = find_imports(elf, wants.imports);
  if (wants.dlopen_notes) view.dlopen_notes = read_dlopen_notes(elf);
  return view;
}

}  // namespace pack
