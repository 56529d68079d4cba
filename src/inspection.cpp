// The spine of `pack inspect`: source -> image -> merged tree -> closure, as deep as is asked for.

#include "inspection.h"

#include <algorithm>

#include "closure/chains.h"
#include "closure/libc_opens.h"
#include "transport/merged_layers.h"
#include "transport/platform_choice.h"

namespace pack {

namespace {

/// The one of an index that would run here, else the first.
size_t choose(const std::vector<StoredImage>& images, std::vector<std::string>& notes) {
  std::vector<Platform> offered;
  offered.reserve(images.size());
  for (const StoredImage& image : images) offered.push_back(image.config.platform);
  const std::optional<size_t> best = best_platform(offered, host_platform());
  if (!best && images.size() > 1)
    notes.push_back("none is for this machine; shown is " + offered.front().str() +
                    ", name another one with --platform");
  return best.value_or(0);
}

void add_platform(Inspection& out, const StoredImage& image) {
  out.platforms.push_back({image.config.platform, image.document.descriptor});
}

void take_whole(Inspection& out, ImageContent content) {
  if (content.images.empty()) throw Error("there is no image that runs, only other artifacts");
  for (const StoredImage& image : content.images) add_platform(out, image);
  out.notes = std::move(content.notes);
  out.top = std::move(content.top);
  const size_t chosen = choose(content.images, out.notes);
  out.image = std::move(content.images[chosen]);
}

void take_one(Inspection& out, const InspectRequest& request) {
  out.image = open_image(request.source, request.platform, request.access);
  out.top = out.image.document;
  add_platform(out, out.image);
}

Inspection open(const InspectRequest& request) {
  Inspection out;
  if (request.platform) {
    take_one(out, request);
    return out;
  }
  try {
    take_whole(
        out, open_image_content(request.source, PlatformChoice::all, std::nullopt, request.access));
  } catch (const IncompleteIndex&) {
    // The other platforms are not there, as tools leave it that copy one of several. A
    // stream cannot be read twice.
    if (request.source.kind == SourceSpec::Kind::stream) throw;
    out = Inspection();
    take_one(out, request);
    out.notes.emplace_back("of other platforms, not everything is there");
  }
  return out;
}

ImageFile file_at(const LayerTree& tree, const ImagePath& path, const FileStatus& status) {
  const LayerNode& node = tree.node(path);
  return {.path = path,
          .status = status,
          .uid = node.uid,
          .gid = node.gid,
          .layer = node.layer,
          .link_target = status.kind == FileKind::symlink ? tree.read_link(path) : std::string()};
}

/// Collects what a path does for the start of an image.
class Roles {
 public:
  Roles(const Inspection& inspection, const ImagePath& path)
      : inspection_(inspection), start_(inspection.start), path_(path) {}

  std::vector<std::string> find() && {
    if (leads_here(start_.program)) add("is what starts: the first word of Entrypoint and Cmd");
    if (passes_here(start_.program)) add_way(start_.program);
    for (const ScriptUse& use : start_.needs.scripts) {
      if (leads_here(use.program))
        add("runs " + quoted(use.script) + " (" + quoted(use.line) + ")");
      if (passes_here(use.program)) add_way(use.program);
    }
    for (const Process& process : start_.closure.processes) look_into(process);
    const std::string& folder = inspection_.image.config.working_dir;
    if (!folder.empty() && leads_here(folder)) add("is the working directory");
    return std::move(roles_);
  }

 private:
  void look_into(const Process& process) {
    const std::string& program = process.objects.front().route;
    bool uses_cache = false;
    for (const Edge& edge : process.edges)
      uses_cache = uses_cache || edge.rule == SearchRule::ld_so_cache;
    if (uses_cache && path_.str() == "/etc/ld.so.cache")
      add("tells the loader of " + quoted(program) + " where libraries are");
    if (process.interpreter && process.objects[*process.interpreter].walk->real == path_)
      add("is the interpreter of " + quoted(program) + " (PT_INTERP)");
    for (const LoadedObject& object : process.objects) {
      const std::vector<ImagePath>& trail = object.walk->trail;
      if (std::find(trail.begin(), trail.end(), path_) != trail.end()) add_way(object.route);
    }
  }

  bool leads_here(const std::string& route) const {
    if (route.empty()) return false;
    const Walk end = walk(*inspection_.tree, route);
    return end.found() && end.real == path_;
  }

  bool passes_here(const std::string& route) const {
    if (route.empty()) return false;
    const std::vector<ImagePath> trail = walk(*inspection_.tree, route).trail;
    return std::find(trail.begin(), trail.end(), path_) != trail.end();
  }

  void add_way(const std::string& route) { add("is on the way to " + quoted(route)); }

  void add(std::string role) {
    if (std::find(roles_.begin(), roles_.end(), role) == roles_.end())
      roles_.push_back(std::move(role));
  }

  const Inspection& inspection_;
  const ImageStart& start_;
  const ImagePath& path_;
  std::vector<std::string> roles_;
};

/// Where a path ends when its last component is taken as it is, symlink or not.
ImagePath location_of(const FileTree& tree, const std::string& text) {
  ImagePath path(text.starts_with('/') ? text : "/" + text);
  if (path.is_root()) return path;
  const Walk folder = walk(tree, path.parent().str());
  if (!folder.found(FileKind::directory) || !tree.status(folder.real.child(path.name())))
    throw Error(quoted(path.str()) + " is not in the image");
  return folder.real.child(path.name());
}

}  // namespace

Inspection inspect_image(const InspectRequest& request) {
  Inspection out = open(request);
  if (request.depth == InspectDepth::documents) return out;
  out.tree = open_image_tree(out.image, request.access);
  if (request.depth == InspectDepth::files) return out;
  ElfCache elves{ElfWants{.imports = libc_opens_imports(), .dlopen_notes = true}};
  out.start = find_image_start(*out.tree, elves, out.image.config, OpenedLater::taken);
  return out;
}

std::vector<ImageFile> list_files(const LayerTree& tree) {
  std::vector<ImageFile> out;
  std::vector<ImagePath> open = {ImagePath()};
  while (!open.empty()) {
    const ImagePath folder = std::move(open.back());
    open.pop_back();
    for (const std::string& name : tree.list(folder)) {
      const ImagePath path = folder.child(name);
      const std::optional<FileStatus> status = tree.status(path);
      if (!status) continue;
      if (status->kind == FileKind::directory) open.push_back(path);
      out.push_back(file_at(tree, path, *status));
    }
  }
  std::sort(out.begin(), out.end(),
            [](const ImageFile& a, const ImageFile& b) { return a.path < b.path; });
  return out;
}

const History* history_of(const ImageConfig& config, size_t layer) {
  size_t index = 0;
  for (const History& entry : config.history)
    if (!entry.empty_layer && index++ == layer) return &entry;
  return nullptr;
}

PathReasons reasons_for(const Inspection& inspection, const std::string& path) {
  const LayerTree& tree = *inspection.tree;
  const ImagePath place = location_of(tree, path);
  PathReasons out{
      .file = file_at(tree, place, tree.status(place).value()), .trail = {}, .roles = {}};
  out.roles = Roles(inspection, place).find();
  if (out.file.status.kind != FileKind::symlink) return out;
  // What a symlink leads to has reasons of its own.
  const Walk end = walk(tree, place.str());
  for (const ImagePath& step : end.trail)
    if (tree.status(step)->kind == FileKind::symlink) out.trail.push_back(step);
  if (end.found()) out.trail.push_back(end.real);
  return out;
}

}  // namespace pack
