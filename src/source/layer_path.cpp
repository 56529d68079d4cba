#include "source/layer_path.h"

#include <string_view>

#include "base/error.h"

namespace pack {

namespace {

constexpr std::string_view kWhiteout = ".wh.";
constexpr std::string_view kMeta = ".wh..wh.";
constexpr std::string_view kOpaque = ".wh..wh..opq";

[[noreturn]] void refuse(const std::string& member, const char* why) {
  throw Error("the layer's tar has a member called " + quoted(member) + ", " + why);
}

/// The last component is a whiteout; the path ends before it.
void read_whiteout(std::string_view name, const std::string& member, LayerPath& out) {
  if (name == kOpaque) {
    out.meaning = LayerPath::Meaning::opaque;
  } else if (name.starts_with(kMeta)) {
    out.meaning = LayerPath::Meaning::ignored;
  } else {
    name.remove_prefix(kWhiteout.size());
    if (name.empty() || name == "." || name == "..") refuse(member, "which deletes no name");
    out.meaning = LayerPath::Meaning::whiteout;
    if (out.path != "/") out.path += '/';
    out.path += name;
  }
}

}  // namespace

LayerPath layer_path(const std::string& member) {
  if (member.empty()) refuse(member, "an empty name");
  LayerPath out;
  out.was_absolute = member.starts_with('/');
  std::string_view rest = member;
  std::string_view last;
  while (!rest.empty()) {
    const size_t slash = rest.find('/');
    const std::string_view part = rest.substr(0, slash);
    rest = slash == rest.npos ? std::string_view() : rest.substr(slash + 1);
    if (part.empty() || part == ".") continue;
    if (part == "..") refuse(member, "a path with \"..\"");
    if (last.starts_with(kWhiteout)) out.meaning = LayerPath::Meaning::ignored;
    if (!last.empty()) out.path.append(out.path == "/" ? "" : "/").append(last);
    last = part;
  }
  if (last.empty() || out.meaning == LayerPath::Meaning::ignored) return out;
  if (last.starts_with(kWhiteout)) {
    read_whiteout(last, member, out);
  } else {
    out.path.append(out.path == "/" ? "" : "/").append(last);
  }
  return out;
}

}  // namespace pack
