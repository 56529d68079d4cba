#include "needs/needs.h"

#include <algorithm>
#include <array>

#include "closure/path_list.h"
#include "needs/script.h"

namespace pack {

namespace {

/// The kernel gives up after so many scripts that are each other's interpreters.
constexpr int kScriptDepth = 5;

std::string read_head(const FileTree& tree, const ImagePath& path) {
  std::array<std::byte, kShebangBytes> head;
  const size_t n = tree.open(path)->read_at(0, head);
  return {reinterpret_cast<const char*>(head.data()), n};
}

bool is_executable_file(const Walk& file) {
  return file.found(FileKind::regular) && (file.status.mode & 0111) != 0;
}

class Sorter {
 public:
  Sorter(const FileTree& tree, ElfCache& elves, const std::string& path, const FileTree* base)
      : tree_(tree), elves_(elves), path_(path), base_(base) {}

  void add_program(const std::string& route) {
    const Walk file = require_file(route);
    if (elves_.read(tree_, file.real, file.status.id).facts) {
      add_once(needs_.programs, route);
      return;
    }
    const std::string head = read_head(tree_, file.real);
    if (head.starts_with("\x7f"
                         "ELF")) {
      add_once(needs_.programs, route);  // a broken one: the closure says what is wrong with it
    } else if (const auto shebang = parse_shebang(head)) {
      follow_script(route, *shebang, 0);
    } else {
      throw Error(quoted(route) +
                  (head.empty() ? " is empty"
                                : " is neither an ELF program nor a script that starts with #!") +
                  ": it cannot be started");
    }
  }

  void add_addition(const Addition& addition) {
    if (addition.status.kind != FileKind::regular) return;
    const std::string route = addition.source.str();
    const std::string head = read_head(tree_, addition.source);
    if (head.starts_with("\x7f"
                         "ELF")) {
      add_elf(route, elves_.read(tree_, addition.source, addition.status.id));
    } else if (const auto shebang = parse_shebang(head); shebang && addition.status.mode & 0111) {
      try {
        follow_script(route, *shebang, 0);
      } catch (const Error& error) {
        needs_.notes.push_back(std::string(error.what()) + " (added as it is)");
      }
    }
  }

  Needs take() && { return std::move(needs_); }

 private:
  /// Object files, core dumps and broken ELF files among additions are data.
  void add_elf(const std::string& route, const ElfReading& reading) {
    if (!reading.facts) return;
    if (reading.facts->program()) {
      add_once(needs_.programs, route);
    } else if (reading.facts->type == ElfType::shared && reading.facts->dynamic) {
      add_once(needs_.libraries, route);
    }
  }

  void follow_script(const std::string& script, const Shebang& shebang, int depth) {
    if (depth == kScriptDepth)
      throw Error(quoted(script) + ": its interpreter is a script whose interpreter is a script, " +
                  std::to_string(kScriptDepth) + " deep: the kernel would not start it");
    const std::string line =
        "#!" + shebang.interpreter + (shebang.argument.empty() ? "" : " " + shebang.argument);
    if (!shebang.interpreter.starts_with('/')) refuse_relative(script, shebang.interpreter);
    if (!follow(script, line, shebang.interpreter, depth)) return;
    if (ImagePath(shebang.interpreter).name() != "env") return;
    if (const auto name = env_program(shebang.argument)) {
      if (name->find('/') != name->npos && !name->starts_with('/')) refuse_relative(script, *name);
      const auto program = look_up(*name);
      if (program) {
        follow(script, line, *program, depth);
      } else {
        report(*name, script, line, path_);
      }
    }
  }

  [[noreturn]] static void refuse_relative(const std::string& script, const std::string& program) {
    throw Error(quoted(script) + ": its interpreter " + quoted(program) +
                " is a relative path, which depends on the working directory: write it absolute");
  }

  /// Takes what a script runs along; false when it is not there.
  bool follow(const std::string& script, const std::string& line, const std::string& program,
              int depth) {
    if (base_ && walk(*base_, program).found(FileKind::regular)) {
      add_once(needs_.in_base, program);
      return true;
    }
    const Walk file = walk(tree_, program);
    if (!file.found(FileKind::regular)) {
      report(program, script, line, "");
      return false;
    }
    const bool known = std::any_of(
        needs_.scripts.begin(), needs_.scripts.end(),
        [&](const ScriptUse& use) { return use.script == script && use.program == program; });
    // A known script is followed all the same: one that comes back to itself must meet
    // kScriptDepth.
    if (!known) needs_.scripts.push_back({script, line, program});
    const std::string head = read_head(tree_, file.real);
    if (const auto shebang = parse_shebang(head)) {
      follow_script(program, *shebang, depth + 1);
    } else {
      add_once(needs_.programs, program);
    }
    return true;
  }

  std::optional<std::string> look_up(const std::string& name) const {
    if (name.find('/') != name.npos) return name;
    for (const FileTree* tree : {base_, &tree_}) {
      for (const std::string& folder : split_path_list(path_, ":")) {
        if (!tree || !folder.starts_with('/')) continue;
        const std::string route = folder + '/' + name;
        if (is_executable_file(walk(*tree, route))) return route;
      }
    }
    return std::nullopt;
  }

  void report(const std::string& name, const std::string& script, const std::string& line,
              const std::string& path) {
    Unresolved missing{
        .name = name, .needed_by = script + " (" + line + ")", .broken = {}, .searched = {}};
    if (path.empty()) {
      missing.searched.push_back({name, SearchRule::path, "no such file"});
    } else {
      for (const std::string& folder : split_path_list(path, ":"))
        missing.searched.push_back({folder + '/' + name, SearchRule::path, "no such program"});
    }
    needs_.missing.push_back(std::move(missing));
  }

  Walk require_file(const std::string& route) const {
    Walk file = walk(tree_, route);
    if (!file.found()) throw Error(quoted(route) + ": " + std::string(describe(file.end)));
    if (file.status.kind == FileKind::directory)
      throw Error(quoted(route) + " is a folder, not a program");
    if (file.status.kind != FileKind::regular)
      throw Error(quoted(route) + " is not a regular file: it cannot be packed");
    return file;
  }

  static void add_once(std::vector<std::string>& list, const std::string& route) {
    if (std::find(list.begin(), list.end(), route) == list.end()) list.push_back(route);
  }

  const FileTree& tree_;
  ElfCache& elves_;
  const std::string& path_;
  const FileTree* base_;
  Needs needs_;
};

}  // namespace

std::string find_program(const FileTree& tree, const std::string& name, const std::string& path) {
  if (name.starts_with('/')) return name;
  if (name.find('/') != name.npos) return ImagePath("/" + name).str();
  for (const std::string& folder : split_path_list(path, ":")) {
    if (!folder.starts_with('/')) continue;
    std::string route = ImagePath(folder).child(name).str();
    if (is_executable_file(walk(tree, route))) return route;
  }
  throw Error(quoted(name) + " is not on the PATH (" + path +
              "): name a file by its path, as in ./" + quoted(name));
}

Needs find_needs(const FileTree& tree, ElfCache& elves, const std::vector<std::string>& programs,
                 const Additions& additions, const std::string& path, const FileTree* base) {
  Sorter sorter(tree, elves, path, base);
  for (const std::string& program : programs) sorter.add_program(program);
  for (const Addition& addition : additions.files) sorter.add_addition(addition);
  return std::move(sorter).take();
}

}  // namespace pack
