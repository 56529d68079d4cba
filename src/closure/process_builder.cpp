// What objects open later, by their own dlopen notes (systemd.io/ELF_DLOPEN_METADATA).
//
// A note names sonames any one of which will do: the first that is found is opened, as dlopen()
// called by that object finds it. How much the object wants it decides what follows:
//
//                  found              not found
//   required       in the closure     unresolved, like a missing library
//   recommended    in the closure     Process::unopened
//   suggested      Process::unopened  Process::unopened
//
// A static program has no loader that could be asked for its libraries, and takes none along.

#include "closure/process_builder.h"

#include <algorithm>

namespace pack {

void ProcessBuilder::open_noted(Process& process, size_t object) {
  using Priority = ElfDlopenNote::Priority;
  const bool never = !has_loader() && process.objects[0].facts->program();
  const std::shared_ptr<const ElfFacts> facts = process.objects[object].facts;
  for (const ElfDlopenNote& note : facts->dlopen_notes) {
    const LaterOpening opening = later_opening(process.objects[object].route, note);
    const auto opens = [&](const std::string& name) {
      return try_open(process, object, name, opening);
    };
    if (never || note.priority == Priority::suggested) {
      std::string found;
      for (const std::string& name : note.sonames)
        if (found.empty()) found = find_from(object, name);
      process.unopened.push_back({note.sonames, opening, std::move(found)});
    } else if (std::none_of(note.sonames.begin(), note.sonames.end(), opens)) {
      note_missing(process, object, note, opening);
    }
  }
}

bool ProcessBuilder::try_open(Process& process, size_t object, const std::string& name,
                              const LaterOpening& opening) {
  const size_t before = process.edges.size();
  const auto opened = open_from(object, name, IfMissing::passed_over);
  if (!opened) return false;
  const auto edge =
      std::find_if(process.edges.begin() + static_cast<ptrdiff_t>(before), process.edges.end(),
                   [&](const Edge& it) { return it.to == *opened && it.name == name; });
  if (edge != process.edges.end()) edge->later = std::make_shared<const LaterOpening>(opening);
  return true;
}

void ProcessBuilder::note_missing(Process& process, size_t object, const ElfDlopenNote& note,
                                  const LaterOpening& opening) {
  if (note.priority != ElfDlopenNote::Priority::required) {
    process.unopened.push_back({note.sonames, opening, {}});
    return;
  }
  const size_t before = process.unresolved.size();
  open_from(object, note.sonames.front(), IfMissing::noted);
  if (process.unresolved.size() == before) return;
  Unresolved& missing = process.unresolved.back();
  missing.needed_by = opening.opener;
  missing.opened_for = describe_purpose(opening);
  for (size_t i = 1; i < note.sonames.size(); ++i)
    missing.opened_for += (i == 1 ? ", or " : " or ") + quoted(note.sonames[i]);
  if (note.sonames.size() > 1) missing.opened_for += " in its place";
}

}  // namespace pack
