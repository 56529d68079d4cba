// How a route becomes a location (path_resolution(7), with the tree's root as the process's root).
//
// The components of the route are taken from a work list. A folder is entered; ".." leaves it (the
// root is its own parent); a symlink puts the components of its target in front of the list,
// starting over at the root when the target is absolute. Every folder and symlink met is noted:
// together they are what an image needs for the same route to work there.

#include "source/walk.h"

#include <algorithm>
#include <limits>
#include <string>

namespace pack {

namespace {

constexpr int kMaxLinks = 40;

/// Components still to walk, the next one last.
using WorkList = std::vector<std::string>;

void put_in_front(WorkList& work, std::string_view route) {
  while (!route.empty()) {
    const size_t slash = route.rfind('/');
    const std::string_view part = route.substr(slash == route.npos ? 0 : slash + 1);
    if (!part.empty() && part != ".") work.emplace_back(part);
    route = slash == route.npos ? std::string_view() : route.substr(0, slash);
  }
}

/// A route that ends so leads to a folder or nowhere.
bool wants_directory(std::string_view route) {
  return route.ends_with('/') || route.ends_with("/.");
}

class Walker {
 public:
  Walker(const FileTree& tree, std::string_view route) : tree_(tree) {
    must_be_directory_ = wants_directory(route);
    put_in_front(work_, route);
  }

  Walk go() {
    while (!work_.empty())
      if (!step()) return std::move(walk_);
    finish();
    return std::move(walk_);
  }

 private:
  /// One component; false when the walk ends here.
  bool step() {
    const std::string part = std::move(work_.back());
    work_.pop_back();
    if (part == "..") {
      here_ = here_.parent();
      last_.reset();
      return true;
    }
    const ImagePath next = here_.child(part);
    const auto status = tree_.status(next);
    if (!status) return stop(in_link_target() ? WalkEnd::broken_link : WalkEnd::missing, next);
    if (status->kind == FileKind::symlink) return follow(next);
    if (work_.empty()) {
      here_ = next;
      last_ = status;
      return true;
    }
    if (status->kind != FileKind::directory) return stop(WalkEnd::not_a_directory, next);
    walk_.trail.push_back(next);
    here_ = next;
    return true;
  }

  bool follow(const ImagePath& link) {
    if (++links_ > kMaxLinks) return stop(WalkEnd::link_loop, link);
    walk_.trail.push_back(link);
    const std::string target = tree_.read_link(link);
    if (target.starts_with('/')) here_ = ImagePath();
    // Behind a link in the middle, the next component asks for a folder anyway.
    if (work_.empty() && wants_directory(target)) must_be_directory_ = true;
    target_floor_ = std::min(target_floor_, work_.size());
    put_in_front(work_, target);
    last_.reset();
    return true;
  }

  void finish() {
    // After "..", or a link to "/", the folder itself has not been looked at yet.
    const auto status = last_ ? last_ : tree_.status(here_);
    if (!status) {
      stop(WalkEnd::missing, here_);
    } else if (must_be_directory_ && status->kind != FileKind::directory) {
      stop(WalkEnd::not_a_directory, here_);
    } else {
      stop(WalkEnd::found, here_);
      walk_.status = *status;
    }
  }

  /// The component just taken came out of a symlink, not out of the route itself.
  bool in_link_target() const { return work_.size() >= target_floor_; }

  bool stop(WalkEnd end, const ImagePath& where) {
    walk_.end = end;
    walk_.real = where;
    return false;
  }

  const FileTree& tree_;
  WorkList work_;
  ImagePath here_;
  std::optional<FileStatus> last_;
  int links_ = 0;
  /// Components at this depth of the work list and above are of symlink targets.
  size_t target_floor_ = std::numeric_limits<size_t>::max();
  bool must_be_directory_ = false;
  Walk walk_;
};

}  // namespace

Walk walk(const FileTree& tree, std::string_view route) {
  if (!route.starts_with('/') || route.find('\0') != route.npos)
    throw Error("not an absolute path: " + quoted(route));
  try {
    return Walker(tree, route).go();
  } catch (const AccessDenied&) {
    return Walk{.end = WalkEnd::access_denied, .real = ImagePath(route), .status = {}, .trail = {}};
  }
}

std::string_view describe(WalkEnd end) {
  switch (end) {
    case WalkEnd::found:
      return "found";
    case WalkEnd::missing:
      return "no such file";
    case WalkEnd::broken_link:
      return "broken symlink";
    case WalkEnd::link_loop:
      return "too many symlinks";
    case WalkEnd::not_a_directory:
      return "not a folder on the way";
    case WalkEnd::access_denied:
      return "permission denied";
  }
  return "";
}

}  // namespace pack
