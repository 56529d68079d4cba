#include "closure/closure.h"

#include <algorithm>

#include "closure/glibc_process.h"

namespace pack {

namespace {

std::shared_ptr<const ElfFacts> read_or_throw(ElfCache& elves, const FileTree& tree,
                                              const std::string& route, const Walk& file) {
  const ElfReading& reading = elves.read(tree, file.real, file.status.id);
  if (!reading.facts) throw Error(quoted(route) + " cannot be packed: " + reading.why_not);
  return reading.facts;
}

LoadedObject read_object(const FileTree& tree, ElfCache& elves, const std::string& route) {
  Walk file = walk(tree, route);
  if (!file.found()) throw Error(quoted(route) + ": " + std::string(describe(file.end)));
  if (file.status.kind != FileKind::regular) throw Error(quoted(route) + " is not a regular file");
  auto facts = read_or_throw(elves, tree, route, file);
  return {route, std::move(file), std::move(facts)};
}

void require_program(const LoadedObject& object) {
  const ElfFacts& facts = *object.facts;
  if (facts.type != ElfType::executable && facts.type != ElfType::shared)
    throw Error(quoted(object.route) +
                " is an ELF file, but neither a program nor a library: it cannot be started");
  if (!facts.program())
    throw Error(quoted(object.route) +
                " is a shared library, not a program: name a program, and bring the library along "
                "with --add " +
                quoted(object.route));
}

/// Taking glibc's rules for musl's would make an image that does not start, or that has too much.
void require_known_loader(const LoadedObject& program) {
  if (has_unknown_loader(*program.facts))
    throw Error(quoted(program.route) + " is started by musl's loader (" +
                quoted(*program.facts->interpreter) +
                "), whose rules this version of pack does not know: link the program statically");
}

/// The process that is to load a library later: the first one of its machine, with a loader.
GlibcProcess* host_of(std::vector<GlibcProcess>& processes, const ElfMachine& machine,
                      size_t programs) {
  for (size_t i = 0; i < programs; ++i)
    if (processes[i].machine() == machine && processes[i].has_loader()) return &processes[i];
  return nullptr;
}

}  // namespace

bool HwcapsChoice::takes(std::string_view level) const {
  return all || std::find(levels.begin(), levels.end(), level) != levels.end();
}

bool has_unknown_loader(const ElfFacts& program) {
  const std::string path = program.interpreter.value_or("");
  return std::string_view(path).substr(path.rfind('/') + 1).starts_with("ld-musl-");
}

Closure find_closure(const FileTree& tree, ElfCache& elves, const ClosureRequest& request) {
  LoaderRoot root(tree, elves);
  std::vector<GlibcProcess> processes;
  for (const std::string& program : request.programs) {
    LoadedObject object = read_object(tree, elves, program);
    require_program(object);
    require_known_loader(object);
    processes.emplace_back(root, request, std::move(object)).load();
  }
  const size_t programs = processes.size();
  for (const std::string& library : request.libraries) {
    LoadedObject object = read_object(tree, elves, library);
    if (GlibcProcess* host = host_of(processes, object.facts->machine, programs)) {
      host->open(library);
    } else {
      processes.emplace_back(root, request, std::move(object)).load();
    }
  }
  Closure closure;
  for (GlibcProcess& process : processes) closure.processes.push_back(std::move(process).finish());
  return closure;
}

}  // namespace pack
