#include "closure/closure.h"

#include <algorithm>

#include "closure/glibc_process.h"
#include "closure/musl_loader.h"
#include "closure/musl_process.h"

namespace pack {

namespace {

LoadedObject read_object(LoaderRoot& root, const std::string& route) {
  const std::shared_ptr<const Walk>& file = root.walk_to(route);
  if (!file->found()) throw Error(quoted(route) + ": " + std::string(describe(file->end)));
  if (file->status.kind != FileKind::regular) throw Error(quoted(route) + " is not a regular file");
  const ElfReading& reading = root.elves().read(root.tree(), file->real, file->status.id);
  if (!reading.facts) throw Error(quoted(route) + " cannot be loaded: " + reading.why_not);
  return {route, file, reading.facts, {}};
}

void require_subject(const LoadedObject& object, Subjects subjects) {
  const ElfFacts& facts = *object.facts;
  if (facts.type != ElfType::executable && facts.type != ElfType::shared)
    throw Error(quoted(object.route) +
                " is an ELF file, but neither a program nor a library: it cannot be started");
  if (subjects == Subjects::programs && !facts.program())
    throw Error(quoted(object.route) +
                " is a shared library, not a program: name a program, and bring the library along "
                "with --add " +
                quoted(object.route));
}

/// A process, and whose loader sets it up.
struct Started {
  std::unique_ptr<ProcessBuilder> builder;
  CLibrary c_library;
};

Started start(LoaderRoot& root, const ClosureRequest& request, LoadedObject object) {
  const CLibrary c_library = c_library_of(*object.facts).value_or(CLibrary::glibc);
  std::unique_ptr<ProcessBuilder> builder;
  if (c_library == CLibrary::musl) {
    builder = std::make_unique<MuslProcess>(root, request, std::move(object));
  } else {
    builder = std::make_unique<GlibcProcess>(root, request, std::move(object));
  }
  builder->load();
  return {std::move(builder), c_library};
}

/// The process that is to load a library later: the first one of its machine, with a loader, that
/// has the C library for which it was linked. musl loads glibc's libraries, too, and lets its own
/// functions serve them; glibc does not load musl's. A static program that can is the last choice.
ProcessBuilder* host_of(const std::vector<Started>& programs, const ElfFacts& library) {
  const std::optional<CLibrary> wanted = c_library_of(library);
  ProcessBuilder* second_best = nullptr;
  for (const auto& [builder, c_library] : programs) {
    if (builder->machine() != library.machine || !builder->has_loader()) continue;
    if (!wanted || wanted == c_library) return builder.get();
    if (c_library == CLibrary::musl && !second_best) second_best = builder.get();
  }
  for (const auto& [builder, c_library] : programs)
    if (!second_best && builder->machine() == library.machine &&
        wanted.value_or(c_library) == c_library && builder->can_open())
      second_best = builder.get();
  return second_best;
}

}  // namespace

bool HwcapsChoice::takes(std::string_view level) const {
  return all || std::find(levels.begin(), levels.end(), level) != levels.end();
}

Closure find_closure(const FileTree& tree, ElfCache& elves, const ClosureRequest& request) {
  LoaderRoot root(tree, elves);
  std::vector<Started> programs;
  for (const std::string& program : request.programs) {
    LoadedObject object = read_object(root, program);
    require_subject(object, request.subjects);
    programs.push_back(start(root, request, std::move(object)));
  }
  std::vector<Started> alone;
  for (const std::string& library : request.libraries) {
    LoadedObject object = read_object(root, library);
    if (ProcessBuilder* host = host_of(programs, *object.facts)) {
      host->open(library);
    } else {
      alone.push_back(start(root, request, std::move(object)));
    }
  }
  Closure closure;
  for (auto* group : {&programs, &alone})
    for (Started& process : *group)
      closure.processes.push_back(std::move(*process.builder).finish());
  return closure;
}

}  // namespace pack
