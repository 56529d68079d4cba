#include "closure/candidate.h"

namespace pack {

namespace {

using Verdict = Candidate::Verdict;

/// Files of another class may stand beside those of the own one, and of another machine, too; but
/// with bytes in the wrong order within one class, the loader sees a broken file.
bool differs_fatally(const ElfMachine& file, const ElfMachine& process) {
  return file.elf_class == process.elf_class && file.byte_order != process.byte_order;
}

/// The part of the check that needs the file's content.
void judge(Candidate& candidate, const ElfReading& reading, const ElfMachine& machine) {
  candidate.facts = reading.facts;
  if (!reading.facts) {
    // The loader compares the machine before it looks at anything that can be broken.
    const bool foreign = reading.machine && *reading.machine != machine &&
                         !differs_fatally(*reading.machine, machine);
    candidate.verdict = reading.access_denied || foreign ? Verdict::pass_over : Verdict::stop;
    candidate.why = reading.why_not;
    return;
  }
  const ElfFacts& facts = *reading.facts;
  if (facts.machine != machine) {
    candidate.verdict =
        differs_fatally(facts.machine, machine) ? Verdict::stop : Verdict::pass_over;
    candidate.why = "another machine's: " + describe(facts.machine);
    return;
  }
  candidate.verdict = Verdict::stop;
  if (facts.type == ElfType::executable || facts.position_independent_executable()) {
    candidate.why = "a program, which cannot be loaded as a library";
  } else if (facts.type != ElfType::shared) {
    candidate.why = "an ELF file, but no shared library";
  } else if (!facts.dynamic) {
    candidate.why = "a shared library without a dynamic section";
  } else {
    candidate.verdict = Verdict::take;
  }
}

}  // namespace

Candidate judge_candidate(const FileTree& tree, ElfCache& elves, std::shared_ptr<const Walk> walk,
                          const ElfMachine& machine) {
  Candidate candidate;
  candidate.walk = std::move(walk);
  const Walk& file = *candidate.walk;
  if (!file.found()) {
    candidate.why = describe(file.end);
    if (file.end == WalkEnd::link_loop) candidate.verdict = Verdict::end_list;
  } else if (file.status.kind == FileKind::socket) {
    candidate.verdict = Verdict::end_list;
    candidate.why = "a socket";
  } else if (file.status.kind != FileKind::regular) {
    candidate.verdict = Verdict::stop;
    candidate.why = file.status.kind == FileKind::directory ? "a folder" : "not a regular file";
  } else {
    judge(candidate, elves.read(tree, file.real, file.status.id), machine);
  }
  return candidate;
}

}  // namespace pack
