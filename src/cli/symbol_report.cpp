#include "cli/symbol_report.h"

#include "base/error.h"

namespace pack {

std::string describe_faults(const SymbolFaults& faults, const std::vector<std::string>& of_base) {
  std::string out;
  for (const MissingVersion& missing : faults.versions) out += "  " + describe(missing) + '\n';
  for (const UndefinedSymbol& missing : faults.undefined) out += "  " + describe(missing) + '\n';
  if (!of_base.empty()) {
    out += "    ";
    for (const std::string& file : of_base)
      out += (&file == &of_base.front() ? "" : " and ") + quoted(file);
    return out +
           (of_base.size() == 1 ? " is the base image's own, and too old"
                                : " are the base image's own, and too old") +
           " for what is laid over it: use a newer base, or build the program for an older system "
           "(an older libc), or go on all the same with --allow-missing\n";
  }
  return out +
         "    the loader would end the program at it: use libraries that fit together (another "
         "package version, or another folder with --library-path DIR), or go on all the same with "
         "--allow-missing\n";
}

std::vector<std::string> fault_notes(const SymbolFaults& faults) {
  std::vector<std::string> notes;
  for (const MissingVersion& missing : faults.versions) notes.push_back(describe(missing));
  for (const UndefinedSymbol& missing : faults.undefined) notes.push_back(describe(missing));
  for (const std::string& program : faults.unchecked)
    notes.push_back("the symbols of " + quoted(program) +
                    " are not checked, since libraries of it are missing");
  return notes;
}

}  // namespace pack
