#pragma once

#include <sstream>
#include <string>
#include <vector>

#include "closure/memory_elf.h"
#include "rootfs/plan.h"

namespace pack::test {

/// A plan and what it was made of.
struct Planned {
  ElfCache elves;
  Closure closure;
  Rootfs rootfs;
};

/// Plans `request` with these --add options.
inline Planned plan(const FileTree& tree, const PlanRequest& request, const Texts& add = {}) {
  Planned out;
  std::vector<AdditionRequest> requests;
  for (const std::string& text : add) requests.push_back(parse_addition(text));
  const Additions additions = find_additions(tree, requests);
  const Needs needs = find_needs(tree, out.elves, request.programs, additions, "/usr/bin:/bin");
  out.closure = find_closure(tree, out.elves,
                             {.programs = needs.programs,
                              .libraries = needs.libraries,
                              .library_path = request.library_path});
  out.rootfs = plan_rootfs(tree, out.elves, needs, out.closure, additions, request);
  return out;
}

/// "d755 /bin", "f644 /x", "/lib -> usr/lib", each with " UID:GID" where it is not root's.
inline Texts entries(const Rootfs& rootfs) {
  Texts texts;
  for (const auto& [path, entry] : rootfs.entries) {
    std::ostringstream text;
    if (entry.kind == EntryKind::symlink) {
      text << path.str() << " -> " << entry.target;
    } else {
      text << (entry.kind == EntryKind::directory ? 'd' : 'f') << std::oct << entry.mode << ' '
           << path.str() << std::dec;
    }
    if (entry.uid || entry.gid) text << ' ' << entry.uid << ':' << entry.gid;
    texts.push_back(text.str());
  }
  return texts;
}

/// The entry as entries() shows it; "" when it is not planned.
inline std::string entry(const Rootfs& rootfs, const std::string& path) {
  for (const std::string& text : entries(rootfs))
    if ((text + ' ').find(path + ' ') == text.find('/')) return text;
  return "";
}

inline bool has_note(const std::vector<std::string>& notes, const std::string& part) {
  for (const std::string& note : notes)
    if (note.find(part) != note.npos) return true;
  return false;
}

/// The message of the Error that a call throws; "" when it throws none.
template <typename Call>
std::string failure(const Call& call) {
  try {
    call();
  } catch (const Error& error) {
    return error.what();
  }
  return "";
}

/// A Debian-like root: merged /usr, a program, and a library behind a chain of symlinks.
inline MemoryTree small_root() {
  return {{"/bin", symlink_to("usr/bin")},
          {"/lib", symlink_to("usr/lib")},
          {"/lib64", symlink_to("usr/lib64")},
          {"/usr/bin/p", program({.needed = {"libt.so.6", "libc.so.6"}})},
          {"/usr/lib64/ld-linux-x86-64.so.2", symlink_to("../lib/x86_64-linux-gnu/ld.so.2")},
          {"/usr/lib/x86_64-linux-gnu/ld.so.2", loader()},
          {"/usr/lib/x86_64-linux-gnu/libc.so.6",
           library({.needed = {"ld-linux-x86-64.so.2"}, .soname = "libc.so.6"})},
          {"/usr/lib/x86_64-linux-gnu/libt.so.6", symlink_to("libt.so.6.4")},
          {"/usr/lib/x86_64-linux-gnu/libt.so.6.4", library({.soname = "libt.so.6"})}};
}

}  // namespace pack::test
