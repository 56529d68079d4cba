#pragma once

#include <cstdint>
#include <map>
#include <memory>
#include <optional>
#include <string>
#include <vector>

#include "base/image_path.h"
#include "closure/search_rule.h"
#include "source/layer_tree.h"

namespace pack {

enum class ReasonKind {
  program,      ///< named on the command line
  interpreter,  ///< PT_INTERP of `by`
  needed,       ///< a library that `by` asks for
  opened,       ///< a library that is opened while the program runs
  script,       ///< what the first line of the script `by` runs
  added,        ///< --add, --mkdir, --symlink
  on_the_way,   ///< a folder or symlink on the route to `by`
  essential,    ///< every image has it, unless --bare
  loader_cache  ///< the image's /etc/ld.so.cache, or musl's path file
};

/// Why a path is in the image.
struct Reason {
  ReasonKind kind = ReasonKind::essential;
  std::string by;  ///< the path or option that asks for it; may be empty
  std::string
      detail;  ///< needed, opened: the library's name; script: its first line; added: what of it
  SearchRule rule = SearchRule::program;  ///< needed, opened: how the loader found it
  std::string opening = {};  ///< opened: "which /usr/bin/p opens for compression (...)"
};

enum class EntryKind { directory, file, symlink };

/// One path of the image, complete: nothing about it is looked up or decided later.
struct Entry {
  EntryKind kind = EntryKind::directory;
  uint32_t mode = 0755;  ///< 0 to 07777; symlinks: 0777
  uint32_t uid = 0;
  uint32_t gid = 0;
  std::string target;        ///< of a symlink
  std::string content;       ///< of a file that pack makes itself (when `source` is empty)
  std::string capabilities;  ///< value of the xattr security.capability; empty: none
  std::map<std::string, std::string> xattrs = {};  ///< others, raw: of folders that a base has, too
  std::optional<ImagePath> source;                 ///< where a file's bytes are, in the source tree
  FileStatus source_status;  ///< of that file, when it was planned; its size is the entry's
  Reason reason;

  uint64_t size() const { return source ? source_status.size : content.size(); }
};

/// The root filesystem as planned: every path once, parents present, in the layer's order.
/// The root itself is not an entry. With a base it is what one more layer says.
struct Rootfs {
  std::map<ImagePath, Entry> entries;
  /// What --exclude took away again (folders not counted), and why it would have been there.
  std::map<ImagePath, Reason> left_out;
  /// The tree that the entries are laid over (--base): the image is both. Null: nothing is below.
  std::shared_ptr<const LayerTree> base = {};
  /// What the image needs and the base has already, so that it is no entry (folders not counted).
  std::map<ImagePath, Reason> in_base = {};
  /// Routes at which the ELF programs and plug-ins may stand; those that do must start and load.
  std::vector<std::string> programs;
  std::vector<std::string> libraries;
  /// What a user should know and nothing else would tell: left-out paths, kept setuid bits, ...
  std::vector<std::string> notes;
};

}  // namespace pack
