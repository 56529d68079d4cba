// The dynamic symbols with their versions, as glibc's loader sees them (elf/dl-lookup.c).
//
// DT_VERSYM has 16 bits for each symbol: an index and, on top, the bit "hidden". The index means a
// version that the file defines (vd_ndx) or wants of another (vna_other); 0 and 1 mean none. In
// the loader's table (l_versions) the base definition, which names the file itself, has no entry.

#include "elf/elf_symbols.h"

#include <span>

#include "elf/symbol_table.h"
#include "elf/versions.h"

namespace pack {

namespace {

constexpr uint64_t kMostNameBytes = uint64_t{512} << 20;
constexpr uint16_t kHidden = 0x8000;
constexpr uint16_t kBase = 1;  // VER_FLG_BASE
constexpr uint16_t kUndefined = 0, kAbsolute = 0xfff1;
constexpr unsigned kLocal = 0, kWeak = 2;
constexpr unsigned kTls = 6;

/// A row of the symbol table.
struct Row {
  uint64_t name = 0;
  unsigned binding = 0;
  unsigned type = 0;
  unsigned visibility = 0;
  uint64_t section = 0;
  uint64_t value = 0;

  /// NOTYPE, OBJECT, FUNC, COMMON, TLS, GNU_IFUNC: the loader looks at no other.
  bool linkable() const { return type <= 2 || type == 5 || type == kTls || type == 10; }
  bool defined() const { return section != kUndefined; }
  /// STV_INTERNAL and STV_HIDDEN: bound to the file itself.
  bool bound_here() const { return visibility == 1 || visibility == 2; }
  bool has_place() const { return value != 0 || section == kAbsolute || type == kTls; }
};

Row parse_row(const MappedElf& elf, std::string_view bytes) {
  const ElfLayout& layout = elf.layout();
  const auto info = static_cast<unsigned>(elf.integer(bytes, layout.st_info, 1));
  return {.name = elf.integer(bytes, 0, 4),
          .binding = info >> 4,
          .type = info & 0xf,
          .visibility = static_cast<unsigned>(elf.integer(bytes, layout.st_other, 1)) & 3,
          .section = elf.integer(bytes, layout.st_shndx, 2),
          .value = elf.integer(bytes, layout.st_value, layout.address)};
}

/// The loader's l_versions.
struct Version {
  std::string_view name;
  bool hidden = false;
};

class SymbolReader {
 public:
  SymbolReader(MappedElf& elf, const SymbolTable& table) : elf_(elf), table_(table) {}

  ElfSymbols read() {
    read_names();
    read_version_names();
    read_indices();
    const size_t size = elf_.layout().symbol;
    const std::string rows(elf_.file.view(table_.place.offset, table_.place.size));
    for (uint64_t i = 1; i < table_.count; ++i)
      add(parse_row(elf_, std::string_view(rows).substr(i * size, size)),
          out_.versioned ? static_cast<uint16_t>(elf_.integer(indices_, i * 2, 2)) : kNoVersion);
    return std::move(out_);
  }

 private:
  static constexpr uint16_t kNoVersion = 1;  // VER_NDX_GLOBAL

  void read_names() {
    const FileRange place = StringTable(elf_).place();
    if (place.size > kMostNameBytes)
      throw ElfError("the string table of the ELF file is larger than 512 MiB");
    const std::string_view bytes = elf_.file.view(place.offset, place.size);
    out_.strings.assign(bytes.begin(), bytes.end());
    out_.strings.push_back('\0');
  }

  void read_version_names() {
    const VersionRecords records = read_versions(elf_);
    for (const VersionNeedRecord& need : records.needs)
      set_version(need.index, {name_at(need.name_at), (need.index & kHidden) != 0});
    for (const VersionDefRecord& def : records.defs)
      if (!(def.flags & kBase)) set_version(def.index, {name_at(def.name_at), false});
  }

  void read_indices() {
    const auto place = elf_.table(kDtVersym, "table of symbol versions (DT_VERSYM)");
    if (!place) return;
    if (place->size / 2 < table_.count)
      throw ElfError(
          "the table of symbol versions (DT_VERSYM) of the ELF file reaches beyond its "
          "PT_LOAD segment");
    indices_ = elf_.file.view(place->offset, table_.count * 2);
    out_.versioned = true;
  }

  void set_version(uint16_t index, Version version) {
    const size_t at = index & ~kHidden;
    if (at >= versions_.size()) versions_.resize(at + 1);
    versions_[at] = version;
  }

  std::string_view name_at(uint64_t offset) {
    if (offset + 1 >= out_.strings.size())
      throw ElfError("the name of a dynamic symbol (offset " + std::to_string(offset) +
                     ") is outside of the string table of the ELF file");
    const std::string_view name = out_.strings.data() + offset;
    used_ += name.size() + 1;  // many symbols may share one long name
    if (used_ > kMostNameBytes)
      throw ElfError("the names of the dynamic symbols of the ELF file take more than 512 MiB");
    return name;
  }

  void add(const Row& row, uint16_t index) {
    if (row.binding == kLocal || row.bound_here() || !row.linkable()) return;
    if (row.defined() && !row.has_place()) return;
    const uint16_t number = index & static_cast<uint16_t>(~kHidden);
    const Version version = number < versions_.size() ? versions_[number] : Version{};
    out_.symbols.push_back({.name = name_at(row.name),
                            .version = version.name,
                            .defined = row.defined(),
                            .weak = row.binding == kWeak,
                            .hidden = row.defined() ? (index & kHidden) != 0 : version.hidden,
                            .oldest = number < 3});
  }

  MappedElf& elf_;
  const SymbolTable& table_;
  std::vector<Version> versions_;  ///< by index
  std::string indices_;            ///< DT_VERSYM
  uint64_t used_ = 0;              ///< bytes of names
  ElfSymbols out_;
};

}  // namespace

ElfSymbols read_elf_symbols(const File& file) {
  MappedElf elf(file);
  const std::optional<SymbolTable> table = locate_symbols(elf, Extent::all);
  if (!table || table->count == 0) return {};
  return SymbolReader(elf, *table).read();
}

}  // namespace pack
