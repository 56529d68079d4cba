#pragma once

#include <cstdint>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "base/error.h"
#include "source/file_tree.h"

namespace pack {

enum class ElfClass : uint8_t { elf32 = 1, elf64 = 2 };  // e_ident[EI_CLASS]
enum class ByteOrder : uint8_t { little = 1, big = 2 };  // e_ident[EI_DATA]
enum class ElfType : uint16_t { relocatable = 1, executable = 2, shared = 3, core = 4, other = 0 };

/// What a loader compares before it takes a file: only objects of one machine go together.
struct ElfMachine {
  ElfClass elf_class = ElfClass::elf64;
  ByteOrder byte_order = ByteOrder::little;
  uint16_t number = 0;  ///< e_machine: EM_X86_64 is 62
  bool operator==(const ElfMachine&) const = default;
};

/// A library that an object names in its dynamic section.
struct ElfDependency {
  enum class Kind {
    needed,    ///< DT_NEEDED
    filter,    ///< DT_FILTER: loaded as if needed
    auxiliary  ///< DT_AUXILIARY: loaded if found
  };
  std::string name;
  Kind kind = Kind::needed;
  bool operator==(const ElfDependency&) const = default;
};

/// One version that an object wants of a library (DT_VERNEED).
struct ElfVersionNeed {
  std::string file;     ///< vn_file: the library, by the name in DT_NEEDED
  std::string version;  ///< vna_name: "GLIBC_2.34"
  bool weak = false;    ///< VER_FLG_WEAK: the loader only warns
  bool operator==(const ElfVersionNeed&) const = default;
};

/// Libraries that a file opens with dlopen(), as its own notes tell; no loader looks at them.
/// (systemd.io/ELF_DLOPEN_METADATA)
struct ElfDlopenNote {
  enum class Priority { suggested, recommended, required };
  std::vector<std::string> sonames;  ///< at least one; any will do, the first rather
  std::string feature;               ///< what they are for, in a word; may be empty
  std::string description;           ///< likewise, in a sentence; may be empty
  Priority priority = Priority::recommended;
  bool operator==(const ElfDlopenNote&) const = default;
};

/// What to read of a file besides what every loader reads.
struct ElfWants {
  /// Names of imports (undefined dynamic symbols) to look for; they must stand as long as this.
  std::vector<std::string_view> imports = {};
  bool dlopen_notes = false;
};

/// What a loader reads of an ELF file before it runs any of it. (gABI chapters 4 and 5)
struct ElfFacts {
  ElfMachine machine;
  ElfType type = ElfType::other;
  uint32_t flags = 0;                           ///< e_flags; on ARM they hold the float ABI
  std::optional<std::string> interpreter;       ///< PT_INTERP
  bool dynamic = false;                         ///< has a PT_DYNAMIC
  std::vector<ElfDependency> dependencies;      ///< in the order of the dynamic section
  std::optional<std::string> soname;            ///< DT_SONAME
  std::optional<std::string> rpath;             ///< DT_RPATH, unexpanded
  std::optional<std::string> runpath;           ///< DT_RUNPATH, unexpanded
  std::vector<ElfVersionNeed> versions_needed;  ///< DT_VERNEED, in order
  std::vector<std::string> versions_defined;    ///< DT_VERDEF, in order; empty: it has none
  /// Those of ElfWants::imports that the file imports, in the order given.
  std::vector<std::string> watched_imports;
  /// Only of dynamic files, and where ElfWants asks for them; in the order of the file.
  std::vector<ElfDlopenNote> dlopen_notes;
  bool dlopen_notes_broken = false;  ///< some could not be understood and were left out
  uint64_t flags_1 = 0;              ///< DT_FLAGS_1

  bool no_default_libraries() const { return flags_1 & 0x800; }                  // DF_1_NODEFLIB
  bool position_independent_executable() const { return flags_1 & 0x08000000; }  // DF_1_PIE
  /// A program, not only a library: PT_INTERP, ET_EXEC, or a static PIE.
  bool program() const {
    return interpreter || type == ElfType::executable || position_independent_executable();
  }

  bool operator==(const ElfFacts&) const = default;
};

/// "64-bit x86-64", "32-bit big-endian machine 8": for messages.
std::string describe(const ElfMachine& machine);

/// The file is not an ELF file that a loader could map. The text says what is wrong with it and
/// does not name the file.
class ElfError : public Error {
 public:
  using Error::Error;
};

/// The identification alone: one read of 20 bytes, for loaders that pass a file of another
/// machine over without looking further. Throws ElfError when the header is not one.
ElfMachine read_elf_machine(const File& file);

/// Reads what a loader reads: headers, dynamic section and the strings that it names, in a few
/// small reads whatever the size of the file; sections and symbols are never looked at.
/// Throws ElfError for a file that a loader would refuse: truncated, a table or string out of
/// bounds, sizes that do not fit the file, another ELF version.
ElfFacts read_elf(const File& file, const ElfWants& wants = {});

}  // namespace pack
