// How layers become one tree (OCI image-spec, layer.md), as engines with overlay folders do it.
//
// Each layer is laid over what the lower ones have made, in two steps. First its whiteouts delete:
// ".wh.NAME" a path with all that is below, ".wh..wh..opq" all that is in its folder. They mean
// lower layers only, so wherever in the tar they stand, they come before the layer's own entries.
// Then the entries are put in their order. A folder over a folder gives it new attributes and keeps
// what is in it; anything else replaces what was there, with all that was below. Parents without a
// member of their own are made, 0755 and root's.
//
// An engine unpacks a layer into a folder of its own, where lower layers are not seen, and lays the
// folders over each other afterwards. So an entry "lib/x" above a lower layer's symlink "lib" makes
// a folder of it; a symlink of the same layer, though, is followed, and a hard link finds the same
// layer's files only. What engines do not agree on is done here in the way that fits most of them,
// and becomes a fault.

#include "source/layer_merge.h"

#include <algorithm>
#include <utility>

namespace pack {

namespace {

constexpr uint64_t kNobody = 4294967295;          // (uid_t)-1: "no change" to chown(2)
constexpr size_t kMostBytes = size_t{512} << 20;  // more than a million files
constexpr size_t kBytesOfAName = 120;             // what a name takes besides its text
constexpr int kMostLinks = 40;                    // path_resolution(7)

std::string child(const std::string& folder, std::string_view name) {
  std::string out = folder == "/" ? "" : folder;
  return out.append("/").append(name);
}

std::string parent(const std::string& path) {
  const size_t slash = path.rfind('/');
  return slash == 0 ? "/" : path.substr(0, slash);
}

/// Components for a work list, the first one last.
std::vector<std::string> components(std::string_view path) {
  std::vector<std::string> out;
  while (!path.empty()) {
    const size_t slash = path.rfind('/');
    const std::string_view part = path.substr(slash == path.npos ? 0 : slash + 1);
    if (!part.empty() && part != ".") out.emplace_back(part);
    path = path.substr(0, slash == path.npos ? 0 : slash);
  }
  return out;
}

std::optional<FileKind> kind_of(TarMember::Kind kind) {
  switch (kind) {
    case TarMember::Kind::regular:
    case TarMember::Kind::hard_link:
      return FileKind::regular;
    case TarMember::Kind::directory:
      return FileKind::directory;
    case TarMember::Kind::symlink:
      return FileKind::symlink;
    case TarMember::Kind::fifo:
      return FileKind::fifo;
    case TarMember::Kind::character_device:
      return FileKind::character_device;
    case TarMember::Kind::block_device:
      return FileKind::block_device;
    case TarMember::Kind::other:
      break;
  }
  return std::nullopt;
}

}  // namespace

LayerMerge::LayerMerge() { name("/", new_file({})); }

void LayerMerge::add(SeekableBytes tar) {
  deleted_.clear();
  unstated_.clear();
  std::vector<Addition> additions = read(std::move(tar));
  delete_lower(additions);
  for (const Addition& addition : additions) apply(addition);
  report_reset_folders();
  ++layer_;
}

std::vector<LayerMerge::Addition> LayerMerge::read(SeekableBytes tar) {
  std::vector<Addition> out;
  TarReader reader(std::move(tar));
  while (auto member = reader.next())
    if (auto made = addition(std::move(*member))) out.push_back(std::move(*made));
  return out;
}

std::optional<LayerMerge::Addition> LayerMerge::addition(TarMember member) {
  Addition out{.path = layer_path(member.path), .hard_link = {}};
  count(member.path.size() + member.link_target.size());
  if (out.path.meaning == LayerPath::Meaning::ignored) {
    fault(member.path, "is no file but AUFS's own record, and is passed over");
    return std::nullopt;
  }
  // The root folder's own member means the same either way.
  if (out.path.was_absolute && out.path.path != "/")
    fault(out.path.path, "is named by an absolute path, which is taken from the image's root");
  if (out.path.meaning != LayerPath::Meaning::entry) return out;
  if (member.kind == TarMember::Kind::hard_link) out.hard_link = member.link_target;
  const std::optional<FileKind> kind = kind_of(member.kind);
  if (!kind) {
    fault(out.path.path, "is of a kind that no layer may hold, and is passed over");
    return std::nullopt;
  }
  if (member.uid == kNobody || member.gid == kNobody)
    fault(out.path.path, "belongs to 4294967295, which is no user or group");
  for (const auto& [key, value] : member.xattrs) count(key.size() + value.size());
  out.file = new_file({.node = {.uid = static_cast<uint32_t>(member.uid),
                                .gid = static_cast<uint32_t>(member.gid),
                                .mtime = member.mtime,
                                .layer = layer_,
                                .xattrs = std::move(member.xattrs)},
                       .kind = *kind,
                       .mode = member.mode,
                       .size = member.size,
                       .offset = member.offset,
                       .is_sparse = member.is_sparse,
                       .is_implied = false,
                       .link_target = std::move(member.link_target)});
  return out;
}

void LayerMerge::delete_lower(const std::vector<Addition>& additions) {
  for (const Addition& addition : additions) {
    if (addition.path.meaning == LayerPath::Meaning::whiteout) {
      erase(addition.path.path);
      deleted_.insert(addition.path.path);
    } else if (addition.path.meaning == LayerPath::Meaning::opaque) {
      erase_below(addition.path.path);
    }
  }
}

void LayerMerge::apply(const Addition& addition) {
  const std::string& path = addition.path.path;
  switch (addition.path.meaning) {
    case LayerPath::Meaning::whiteout:
      place(path);
      break;
    case LayerPath::Meaning::opaque:
      place(child(path, "."));
      break;
    case LayerPath::Meaning::entry:
      if (path == "/") {
        put(path, addition);
      } else if (const auto where = place(path)) {
        put(*where, addition);
      }
      break;
    case LayerPath::Meaning::ignored:
      break;
  }
}

void LayerMerge::put(const std::string& path, const Addition& addition) {
  const auto hard_link =
      addition.hard_link ? hard_link_file(path, *addition.hard_link) : std::nullopt;
  if (addition.hard_link && !hard_link) return;
  if (hard_link) set_attributes(path, *hard_link, files_[addition.file]);
  const size_t file = hard_link.value_or(addition.file);
  const bool is_folder = files_[file].kind == FileKind::directory;
  if (path == "/" && !is_folder)
    throw Error("the layer's tar makes something else of the root folder");
  if (const auto old = names_.find(path); old != names_.end()) {
    const LayerFile& before = files_[old->second.file];
    const bool was_folder = before.kind == FileKind::directory;
    if (old->second.layer == layer_ && !before.is_implied)
      fault(path, was_folder == is_folder ? "is there twice"
                                          : "is there twice, once as a folder and once not");
    else if (was_folder && !is_folder && (old->second.layer == layer_ || unstated_.contains(path)))
      fault(path, "is no folder, but the layer puts something into it");
    if (!was_folder || !is_folder) erase(path);
  }
  if (deleted_.contains(path)) fault(path, "is deleted and made by one layer");
  name(path, file);
}

/// A hard link's member has attributes too, and engines give them to the file.
void LayerMerge::set_attributes(const std::string& path, size_t file, const LayerFile& attributes) {
  LayerFile& out = files_[file];
  if (out.node.layer != layer_ || out.kind == FileKind::symlink) return;
  if (out.mode != attributes.mode || out.node.uid != attributes.node.uid ||
      out.node.gid != attributes.node.gid)
    fault(path, "is a hard link with another owner or mode than its file");
  out.mode = attributes.mode;
  out.node.uid = attributes.node.uid;
  out.node.gid = attributes.node.gid;
  out.node.mtime = attributes.node.mtime;
}

std::optional<size_t> LayerMerge::hard_link_file(const std::string& path,
                                                 const std::string& target) {
  const auto parts = components(target);
  if (parts.empty() || std::find(parts.begin(), parts.end(), "..") != parts.end()) {
    fault(path, "is a hard link to " + quoted(target) + ", out of the layer, and is passed over");
    return std::nullopt;
  }
  std::string where;
  for (auto part = parts.rbegin(); part != parts.rend(); ++part) where.append("/").append(*part);
  auto found = names_.find(where);
  if (found == names_.end())
    if (const auto real = place(where)) found = names_.find(*real);
  if (found == names_.end() || found->first == path ||
      files_[found->second.file].kind == FileKind::directory) {
    fault(path, "is a hard link to " + quoted(target) + ", which is no file, and is passed over");
    return std::nullopt;
  }
  if (found->second.layer != layer_)
    fault(path, "is a hard link to " + quoted(target) + ", which only a lower layer has");
  return found->second.file;
}

/// Where an entry really comes to lie, its parents made; nothing when it cannot be there.
std::optional<std::string> LayerMerge::place(const std::string& path) {
  const std::string folder = parent(path);
  if (is_folder(folder)) {
    note_use(folder);
    return path;
  }
  std::string here = "/";
  std::vector<std::string> todo = components(folder);
  for (int links = 0; !todo.empty();) {
    const std::string part = std::move(todo.back());
    todo.pop_back();
    const std::string next = part == ".." ? parent(here) : child(here, part);
    const auto found = names_.find(next);
    if (found != names_.end() && found->second.layer == layer_ && !is_folder(next)) {
      const LayerFile& file = files_[found->second.file];
      if (file.kind != FileKind::symlink || ++links > kMostLinks) {
        fault(path, "lies below " + quoted(next) + ", which is no folder, and is passed over");
        return std::nullopt;
      }
      fault(path, "lies below the symlink " + quoted(next) + " of the same layer");
      if (file.link_target.starts_with('/')) here = "/";
      const auto target = components(file.link_target);
      todo.insert(todo.end(), target.begin(), target.end());
      continue;
    }
    if (!is_folder(next)) make_folder(next);
    here = next;
  }
  note_use(here);
  return child(here, std::string_view(path).substr(path.rfind('/') + 1));
}

bool LayerMerge::is_folder(const std::string& path) const {
  const auto found = names_.find(path);
  return found != names_.end() && files_[found->second.file].kind == FileKind::directory;
}

/// Engines make a folder anew that a layer puts something into without naming it.
void LayerMerge::note_use(const std::string& folder) {
  for (std::string path = folder; path != "/"; path = parent(path)) {
    if (names_.find(path)->second.layer == layer_ || !unstated_.insert(path).second) return;
    count(path.size() + kBytesOfAName);
  }
}

void LayerMerge::report_reset_folders() {
  for (const std::string& path : unstated_) {
    const auto found = names_.find(path);
    if (found == names_.end() || found->second.layer == layer_) continue;
    const LayerFile& file = files_[found->second.file];
    if (file.mode != 0755 || file.node.uid != 0 || file.node.gid != 0)
      fault(path, "has something new in it but no entry, so that Docker makes it 0755 and root's");
  }
}

void LayerMerge::make_folder(const std::string& path) {
  const auto lower = names_.find(path);
  if (lower != names_.end()) {
    const bool is_link = files_[lower->second.file].kind == FileKind::symlink;
    fault(path, std::string("becomes a folder, for something lies below it; a lower layer has ") +
                    (is_link ? "a symlink there" : "a file there"));
    erase(path);
  }
  if (deleted_.contains(path)) fault(path, "is deleted and made by one layer");
  name(path, new_file({.node = {.layer = layer_, .xattrs = {}}, .link_target = {}}));
}

void LayerMerge::name(const std::string& path, size_t file) {
  const auto [found, is_new] = names_.try_emplace(path);
  if (is_new)
    count(path.size() + kBytesOfAName);
  else
    --files_[found->second.file].links;
  found->second = {.file = file, .layer = layer_};
  ++files_[file].links;
}

size_t LayerMerge::new_file(LayerFile file) {
  count(sizeof file);
  files_.push_back(std::move(file));
  return files_.size() - 1;
}

void LayerMerge::erase(const std::string& path) {
  erase_below(path);
  const auto found = names_.find(path);
  if (found == names_.end()) return;
  --files_[found->second.file].links;
  names_.erase(found);
}

void LayerMerge::erase_below(const std::string& folder) {
  // '0' is the byte behind '/'.
  const std::string begin = child(folder, "");
  std::string end = begin;
  end.back() = '0';
  const auto last = names_.lower_bound(end);
  for (auto at = names_.upper_bound(begin); at != last; at = names_.erase(at))
    --files_[at->second.file].links;
}

void LayerMerge::fault(std::string_view path, std::string what) {
  count(path.size() + what.size() + sizeof(LayerFault));
  faults_.push_back({.layer = layer_, .path = std::string(path), .what = std::move(what)});
}

void LayerMerge::count(size_t bytes) {
  bytes_ += bytes;
  if (bytes_ > kMostBytes)
    throw Error("the layers name more files than pack has memory for (" +
                std::to_string(kMostBytes >> 20) + " MiB of names)");
}

}  // namespace pack
