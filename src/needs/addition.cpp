#include "needs/addition.h"

#include <fnmatch.h>

#include <algorithm>

#include "base/error.h"
#include "source/walk.h"

namespace pack {

namespace {

bool is_glob(std::string_view text) { return text.find_first_of("*?[") != text.npos; }

/// The routes that a glob matches, component by component, bytewise sorted in each folder.
void expand_glob(const FileTree& tree, const std::string& prefix, std::string_view rest,
                 std::vector<std::string>& out) {
  rest.remove_prefix(std::min(rest.find_first_not_of('/'), rest.size()));
  if (rest.empty()) {
    out.push_back(prefix);
    return;
  }
  const size_t slash = rest.find('/');
  const std::string component(rest.substr(0, slash));
  const std::string_view after = slash == rest.npos ? std::string_view() : rest.substr(slash);
  if (!is_glob(component)) {
    const std::string next = prefix + '/' + component;
    if (walk(tree, next).found()) expand_glob(tree, next, after, out);
    return;
  }
  const Walk folder = walk(tree, prefix.empty() ? "/" : prefix);
  if (!folder.found(FileKind::directory)) return;
  for (const std::string& name : tree.list(folder.real))
    if (::fnmatch(component.c_str(), name.c_str(), FNM_PERIOD) == 0)
      expand_glob(tree, prefix + '/' + name, after, out);
}

class Collector {
 public:
  Collector(const FileTree& tree, const AdditionFilter& filter, Additions& out)
      : tree_(tree), filter_(filter), out_(out) {}

  void collect(const AdditionRequest& request) {
    option_ =
        "--add " + request.source + (request.destination.empty() ? "" : ":" + request.destination);
    // A name that exists is that name, even with a '*' in it.
    const bool literal = !is_glob(request.source) || walk(tree_, request.source).found();
    std::vector<std::string> matches;
    if (literal) {
      matches = {request.source};
    } else {
      expand_glob(tree_, "", request.source, matches);
    }
    if (matches.empty()) throw Error("--add: nothing matches " + quoted(request.source));
    for (const std::string& match : matches)
      add_match(match, request.destination, literal ? Match::only : Match::one_of_many);
  }

 private:
  enum class Match { only, one_of_many };

  void add_match(const std::string& route, const std::string& destination, Match match) {
    const Walk file = walk(tree_, route);
    // A glob takes a broken link as it is, like a folder that holds one.
    if (file.end == WalkEnd::broken_link && match == Match::one_of_many) {
      add_link(ImagePath(route), destination);
      return;
    }
    if (!file.found())
      throw Error("--add " + quoted(route) + ": " + std::string(describe(file.end)));
    if (destination.empty()) {
      // In its own place the route matters: its symlinks come along.
      out_.routes.push_back(route);
      add_tree(file.real, file.real, file.status);
      return;
    }
    const bool into = match == Match::one_of_many || destination.ends_with('/');
    const ImagePath to(destination);
    const std::string name(ImagePath(route).name());
    const bool names_folder_itself =
        file.status.kind == FileKind::directory && match == Match::only;
    add_tree(file.real, into && !names_folder_itself ? to.child(name) : to, file.status);
  }

  void add_link(const ImagePath& route, const std::string& destination) {
    const Walk folder = walk(tree_, route.parent().str());
    const ImagePath link = folder.real.child(route.name());
    const auto status = tree_.status(link);
    if (folder.found() && status)
      add_tree(link, destination.empty() ? link : ImagePath(destination).child(route.name()),
               *status);
  }

  bool is_filtered(const ImagePath& source, const ImagePath& destination) {
    if (std::find(filter_.outputs.begin(), filter_.outputs.end(), source) !=
        filter_.outputs.end()) {
      out_.notes.push_back(quoted(source.str()) + " is where this image goes: left out of it");
      return true;
    }
    const bool excluded = any_matches(filter_.excludes, destination);
    if (excluded) out_.left_out.push_back(destination);
    return excluded;
  }

  void add_tree(const ImagePath& source, const ImagePath& destination, const FileStatus& status) {
    switch (status.kind) {
      case FileKind::fifo:
      case FileKind::socket:
      case FileKind::character_device:
      case FileKind::block_device:
        out_.notes.push_back(quoted(source.str()) + " is no file, folder or symlink: left out");
        return;
      case FileKind::regular:
      case FileKind::symlink:
      case FileKind::directory:
        break;
    }
    if (is_filtered(source, destination)) return;
    if (!destination.is_root()) out_.files.push_back({source, destination, status, option_});
    if (status.kind != FileKind::directory) return;
    for (const std::string& name : tree_.list(source)) {
      const ImagePath child = source.child(name);
      // A file that went away between the listing and now is as if it had never been there.
      if (const auto child_status = tree_.status(child))
        add_tree(child, destination.child(name), *child_status);
    }
  }

  const FileTree& tree_;
  const AdditionFilter& filter_;
  Additions& out_;
  std::string option_;
};

}  // namespace

AdditionRequest parse_addition(std::string_view text) {
  AdditionRequest request;
  const size_t split = text.rfind(":/");
  request.source = text.substr(0, split);
  if (split != text.npos) request.destination = text.substr(split + 1);
  if (request.source.empty())
    throw UsageError("--add " + quoted(text) + ": no source; the form is SRC[:DST]");
  return request;
}

Additions find_additions(const FileTree& tree, const std::vector<AdditionRequest>& requests,
                         const AdditionFilter& filter) {
  Additions out;
  Collector collector(tree, filter, out);
  for (const AdditionRequest& request : requests) collector.collect(request);
  return out;
}

}  // namespace pack
