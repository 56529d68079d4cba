#pragma once

#include <compare>
#include <string>
#include <string_view>

namespace pack {

/// An absolute path inside a root (of a file tree or of an image).
///
/// Invariants: starts with '/'; components are separated by one '/'; no component is empty, "."
/// or ".."; no trailing '/' ("/" alone is the root); no NUL. Other bytes are free: names on disk
/// need be neither UTF-8 nor printable. It says nothing about symlinks; source/walk.h follows them.
class ImagePath {
 public:
  /// The root, "/".
  ImagePath() = default;

  /// From absolute text; repeated '/', "." and a trailing '/' are folded, ".." is taken away with
  /// the component before it (lexically, for paths that a user typed).
  /// Throws Error when the text is empty, relative or holds a NUL.
  explicit ImagePath(std::string_view text);

  const std::string& str() const { return text_; }
  bool is_root() const { return text_.size() == 1; }

  /// The last component; empty for the root.
  std::string_view name() const { return std::string_view(text_).substr(text_.rfind('/') + 1); }

  /// The folder that holds it; the root's parent is the root.
  ImagePath parent() const;

  /// The path of an entry of this folder. `name` is one component: not empty, ".", ".." or with
  /// '/'.
  ImagePath child(std::string_view name) const;

  /// The path without its leading '/', as tar members are named; empty for the root.
  std::string_view relative() const { return std::string_view(text_).substr(1); }

  /// Bytewise, the order of a layer's entries.
  auto operator<=>(const ImagePath&) const = default;

 private:
  std::string text_ = "/";
};

}  // namespace pack
