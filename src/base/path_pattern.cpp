#include "base/path_pattern.h"

#include <fnmatch.h>

#include <algorithm>

#include "base/error.h"

namespace pack {

PathPattern::PathPattern(std::string_view text) : text_(text) {
  if (text_.empty()) throw UsageError("an empty path pattern matches nothing");
  if (text_.find('/') != text_.npos && text_.front() != '/')
    throw UsageError("the pattern " + quoted(text_) +
                     " is relative: start it with '/', or give the last component alone");
  while (text_.size() > 1 && text_.back() == '/') text_.pop_back();
}

bool PathPattern::matches(const ImagePath& path) const {
  if (text_.front() != '/') return matches_itself(path);
  return ::fnmatch(text_.c_str(), path.str().c_str(), FNM_PATHNAME | FNM_LEADING_DIR) == 0;
}

bool PathPattern::matches_itself(const ImagePath& path) const {
  if (text_.front() != '/') return ::fnmatch(text_.c_str(), path.name().data(), 0) == 0;
  return ::fnmatch(text_.c_str(), path.str().c_str(), FNM_PATHNAME) == 0;
}

bool any_matches(const std::vector<PathPattern>& patterns, const ImagePath& path) {
  return std::any_of(patterns.begin(), patterns.end(),
                     [&](const PathPattern& pattern) { return pattern.matches(path); });
}

}  // namespace pack
