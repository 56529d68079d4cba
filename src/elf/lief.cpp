// The one place that knows LIEF. It sees only small images that pack composed from checked pieces
// (small_image.h), never a file: LIEF trusts the sizes that it reads, and parsing a large file
// whole takes it most of a second.

#include "elf/lief.h"

#include <LIEF/ELF/Binary.hpp>
#include <LIEF/ELF/DynamicEntryLibrary.hpp>
#include <LIEF/ELF/DynamicEntryRpath.hpp>
#include <LIEF/ELF/DynamicEntryRunPath.hpp>
#include <LIEF/ELF/DynamicSharedObject.hpp>
#include <LIEF/ELF/Parser.hpp>
#include <LIEF/ELF/SymbolVersionAux.hpp>
#include <LIEF/ELF/SymbolVersionAuxRequirement.hpp>
#include <LIEF/ELF/SymbolVersionDefinition.hpp>
#include <LIEF/ELF/SymbolVersionRequirement.hpp>
#include <LIEF/logging.hpp>

#include "elf/layout.h"

namespace pack {

namespace {

namespace le = LIEF::ELF;

std::unique_ptr<le::Binary> parse(const std::string& bytes) {
  // LIEF logs to stderr; pack says what is wrong itself.
  [[maybe_unused]] static const bool silent = (LIEF::Logger::disable(), true);
  try {
    auto binary = le::Parser::parse(std::vector<uint8_t>(bytes.begin(), bytes.end()), "",
                                    le::DYNSYM_COUNT_METHODS::COUNT_HASH);
    if (!binary) throw ElfError("LIEF cannot parse the ELF file");
    return binary;
  } catch (const LIEF::exception& error) {
    throw ElfError(std::string("LIEF cannot parse the ELF file: ") + error.what());
  }
}

ElfType type_of(uint16_t type) {
  return type >= 1 && type <= 4 ? static_cast<ElfType>(type) : ElfType::other;
}

void add_header(const le::Header& header, ElfFacts& facts) {
  facts.machine = {static_cast<ElfClass>(header.identity_class()),
                   static_cast<ByteOrder>(header.identity_data()),
                   static_cast<uint16_t>(header.machine_type())};
  facts.type = type_of(static_cast<uint16_t>(header.file_type()));
  facts.flags = header.processor_flag();
}

void add_entry(const le::DynamicEntry& entry, const char* strings, ElfFacts& facts) {
  using Kind = ElfDependency::Kind;
  switch (static_cast<uint64_t>(entry.tag())) {
    case kDtNeeded:
      facts.dependencies.push_back(
          {dynamic_cast<const le::DynamicEntryLibrary&>(entry).name(), Kind::needed});
      break;
    case kDtSoname:
      facts.soname = dynamic_cast<const le::DynamicSharedObject&>(entry).name();
      break;
    case kDtRpath:
      facts.rpath = dynamic_cast<const le::DynamicEntryRpath&>(entry).rpath();
      break;
    case kDtRunpath:
      facts.runpath = dynamic_cast<const le::DynamicEntryRunPath&>(entry).runpath();
      break;
    // LIEF 0.9 does not resolve the strings of these two.
    case kDtFilter:
      facts.dependencies.push_back({strings + entry.value(), Kind::filter});
      break;
    case kDtAuxiliary:
      facts.dependencies.push_back({strings + entry.value(), Kind::auxiliary});
      break;
    case kDtFlags1:
      facts.flags_1 = entry.value();
      break;
    default:
      break;
  }
}

void add_versions(const le::Binary& binary, ElfFacts& facts) {
  constexpr uint16_t kWeak = 2;  // VER_FLG_WEAK
  for (const le::SymbolVersionRequirement& library : binary.symbols_version_requirement())
    for (const le::SymbolVersionAuxRequirement& version : library.auxiliary_symbols())
      facts.versions_needed.push_back(
          {library.name(), version.name(), (version.flags() & kWeak) != 0});
  for (const le::SymbolVersionDefinition& definition : binary.symbols_version_definition())
    for (const le::SymbolVersionAux& version : definition.symbols_aux())
      facts.versions_defined.push_back(version.name());
}

}  // namespace

void add_lief_facts(const SmallImage& image, ElfFacts& facts) {
  const std::unique_ptr<le::Binary> binary = parse(image.bytes);
  add_header(binary->header(), facts);
  if (binary->has_interpreter()) facts.interpreter = binary->interpreter();
  const char* strings = image.bytes.c_str() + image.strings_at;
  for (const le::DynamicEntry& entry : std::as_const(*binary).dynamic_entries()) {
    facts.dynamic = true;
    add_entry(entry, strings, facts);
  }
  add_versions(*binary, facts);
}

}  // namespace pack
