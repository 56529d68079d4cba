#include "base/image_path.h"

#include "base/error.h"

namespace pack {

ImagePath::ImagePath(std::string_view text) {
  if (text.empty() || text.front() != '/' || text.find('\0') != text.npos)
    throw Error("not an absolute path: " + quoted(text));
  std::string out;
  while (!text.empty()) {
    const size_t slash = text.find('/');
    const std::string_view part = text.substr(0, slash);
    text.remove_prefix(slash == text.npos ? text.size() : slash + 1);
    if (part.empty() || part == ".") continue;
    if (part == "..") {
      if (!out.empty()) out.resize(out.rfind('/'));
    } else {
      (out += '/') += part;
    }
  }
  if (!out.empty()) text_ = std::move(out);
}

ImagePath ImagePath::parent() const {
  ImagePath out;
  if (const size_t slash = text_.rfind('/'); slash > 0) out.text_ = text_.substr(0, slash);
  return out;
}

ImagePath ImagePath::child(std::string_view name) const {
  ImagePath out;
  out.text_.reserve(text_.size() + 1 + name.size());
  out.text_ = is_root() ? "" : text_;
  (out.text_ += '/') += name;
  return out;
}

}  // namespace pack
