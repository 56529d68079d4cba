#pragma once

#include <string>
#include <string_view>
#include <vector>

#include "base/image_path.h"

namespace pack {

/// A path or glob of --exclude, --chmod and --chown.
///
/// With a leading '/' it is matched against the whole image path; `*`, `?` and `[]` do not cross a
/// '/', and a folder that matches covers all below it. Without one it is matched against the last
/// component alone, wherever it is.
class PathPattern {
 public:
  /// Throws UsageError when the text is empty, or holds a '/' but does not start with one.
  explicit PathPattern(std::string_view text);

  bool matches(const ImagePath& path) const;
  /// Without what is below a matching folder.
  bool matches_itself(const ImagePath& path) const;
  const std::string& str() const { return text_; }

 private:
  std::string text_;
};

/// True when one of them matches (PathPattern::matches).
bool any_matches(const std::vector<PathPattern>& patterns, const ImagePath& path);

}  // namespace pack
