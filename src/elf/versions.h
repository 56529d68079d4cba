#pragma once

#include <cstdint>
#include <vector>

#include "elf/mapped_elf.h"

namespace pack {

/// A version that the file wants of a library: a Verneed record with one of its Vernaux records.
struct VersionNeedRecord {
  uint64_t file_at = 0;  ///< vn_file: offset into the string table
  uint64_t name_at = 0;  ///< vna_name: likewise
  uint16_t flags = 0;    ///< vna_flags
  uint16_t index = 0;    ///< vna_other: what DT_VERSYM says for it
};

/// A version that the file defines: a Verdef record with its first Verdaux record, its name. The
/// others name the versions that it continues, and no loader looks at them.
struct VersionDefRecord {
  uint64_t name_at = 0;  ///< vda_name: offset into the string table
  uint16_t flags = 0;    ///< vd_flags
  uint16_t index = 0;    ///< vd_ndx
};

struct VersionRecords {
  std::vector<VersionNeedRecord> needs;  ///< DT_VERNEED, in the order of its chains
  std::vector<VersionDefRecord> defs;    ///< DT_VERDEF, likewise
};

/// Follows both chains of records. Throws ElfError for a chain that leaves its segment, has more
/// than 20,000 records, or is of a version that loaders do not know.
VersionRecords read_versions(MappedElf& elf);

}  // namespace pack
