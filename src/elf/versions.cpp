// The versions that a file wants and defines (GNU symbol versioning; glibc's elf/dl-version.c).
//
//   DT_VERNEED -> Verneed {library} --vn_next--> Verneed --> ... 0
//                    | vn_aux
//                    v
//                 Vernaux {version, flags, index} --vna_next--> Vernaux --> ... 0
//
// and DT_VERDEF likewise with Verdef and Verdaux. Each link is the distance in bytes from its own
// record to the next; 0 ends the chain. glibc follows them to that 0 and does not look at the
// counts DT_VERNEEDNUM and DT_VERDEFNUM, so neither does pack. A link is never negative: a chain
// cannot loop, but it can be as long as its segment has bytes, so its length is bounded.

#include "elf/versions.h"

#include <string>

namespace pack {

namespace {

using Layout = VersionLayout;

/// Fifty times what libc.so.6 has.
constexpr size_t kMostRecords = 20'000;

/// One table's part of the file, from its first record to the end of the segment.
class RecordChain {
 public:
  RecordChain(MappedElf& elf, FileRange place, const char* name)
      : elf_(elf), place_(place), name_(name) {}

  /// The record of `size` bytes at this distance from the table's start.
  std::string_view record(uint64_t at, uint64_t size) {
    if (++records_ > kMostRecords)
      throw ElfError(text() + " has more than " + std::to_string(kMostRecords) + " records");
    if (at > place_.size || size > place_.size - at)
      throw ElfError(text() + " leads out of its PT_LOAD segment");
    return elf_.file.view(place_.offset + at, size);
  }

  void require_version_1(uint64_t version) const {
    if (version != 1)
      throw ElfError(text() + " is of version " + std::to_string(version) +
                     "; loaders only know version 1");
  }

 private:
  std::string text() const { return "the " + std::string(name_) + " of the ELF file"; }

  MappedElf& elf_;
  FileRange place_;
  const char* name_;
  size_t records_ = 0;
};

void read_need_names(const MappedElf& elf, RecordChain& chain, uint64_t at, uint64_t file_at,
                     std::vector<VersionNeedRecord>& needs) {
  for (uint64_t next = 1; next != 0; at += next) {
    const std::string_view bytes = chain.record(at, Layout::kNeedAuxSize);
    needs.push_back({file_at, elf.integer(bytes, Layout::kNeedAuxName, 4),
                     static_cast<uint16_t>(elf.integer(bytes, Layout::kNeedAuxFlags, 2)),
                     static_cast<uint16_t>(elf.integer(bytes, Layout::kNeedAuxOther, 2))});
    next = elf.integer(bytes, Layout::kNeedAuxNext, 4);
  }
}

void read_needs(MappedElf& elf, FileRange place, std::vector<VersionNeedRecord>& needs) {
  RecordChain chain(elf, place, "table of needed versions (DT_VERNEED)");
  uint64_t next = 1;
  for (uint64_t at = 0; next != 0; at += next) {
    const std::string_view bytes = chain.record(at, Layout::kNeed);
    chain.require_version_1(elf.integer(bytes, 0, 2));
    const uint64_t file_at = elf.integer(bytes, Layout::kNeedFile, 4);
    const uint64_t names = elf.integer(bytes, Layout::kNeedAux, 4);
    next = elf.integer(bytes, Layout::kNeedNext, 4);
    read_need_names(elf, chain, at + names, file_at, needs);
  }
}

void read_defs(MappedElf& elf, FileRange place, std::vector<VersionDefRecord>& defs) {
  RecordChain chain(elf, place, "table of defined versions (DT_VERDEF)");
  uint64_t next = 1;
  for (uint64_t at = 0; next != 0; at += next) {
    const std::string_view bytes = chain.record(at, Layout::kDef);
    chain.require_version_1(elf.integer(bytes, 0, 2));
    VersionDefRecord def{.flags = static_cast<uint16_t>(elf.integer(bytes, Layout::kDefFlags, 2)),
                         .index = static_cast<uint16_t>(elf.integer(bytes, Layout::kDefIndex, 2))};
    const uint64_t name = elf.integer(bytes, Layout::kDefAux, 4);
    next = elf.integer(bytes, Layout::kDefNext, 4);
    def.name_at = elf.integer(chain.record(at + name, Layout::kDefAuxSize), 0, 4);
    defs.push_back(def);
  }
}

}  // namespace

VersionRecords read_versions(MappedElf& elf) {
  VersionRecords records;
  if (!elf.dynamic.value(kDtStrtab)) return records;  // glibc looks no further then
  if (const auto place = elf.table(kDtVerneed, "table of needed versions (DT_VERNEED)"))
    read_needs(elf, *place, records.needs);
  if (const auto place = elf.table(kDtVerdef, "table of defined versions (DT_VERDEF)"))
    read_defs(elf, *place, records.defs);
  return records;
}

}  // namespace pack
