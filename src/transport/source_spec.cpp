// How an image is named on the command line. What stands before the first ':' is a transport when
// it is one of containers-transports(5); else the text is a path, and may hold a ':' itself.
//
// Behind a path may stand which of its images is meant: `@REF`, with a transport also `:REF`. Both
// signs occur in file names and in references, so the text alone cannot say where the path ends:
// parse_source() takes the first such sign, and resolve_path() looks at the disk and takes the
// longest path that is there.

#include "transport/source_spec.h"

#include <sys/stat.h>

#include <algorithm>
#include <array>
#include <cerrno>
#include <optional>

#include "base/error.h"
#include "image/reference.h"

namespace pack {

namespace {

constexpr std::string_view kKnown =
    "a path, docker-archive:PATH[:REF], oci-archive:PATH[:REF], oci:DIR[:TAG], docker-daemon:REF, "
    "docker://REF or -";

constexpr std::array<std::string_view, 3> kOfPaths = {"docker-archive", "oci-archive", "oci"};

/// What other tools know, and what pack only writes.
constexpr std::array<std::string_view, 10> kForeign = {
    "dir",   "containers-storage", "ostree", "sif", "tarball", "rootfs", "atomic", "http",
    "https", "oci-layout"};

bool contains(const auto& words, std::string_view word) {
  return std::find(words.begin(), words.end(), word) != words.end();
}

/// The word before the first ':', unless a '/' before it shows that this is a path.
std::string_view word_before_colon(std::string_view text) {
  const size_t end = text.find_first_of(":/");
  return end == text.npos || text[end] == '/' ? "" : text.substr(0, end);
}

/// Whether `text` would be taken for something else than a path.
bool is_other_than_path(std::string_view text) {
  const std::string_view word = word_before_colon(text);
  return text == "-" || contains(kOfPaths, word) || contains(kForeign, word) ||
         word == "docker-daemon" ||
         (!word.empty() && text.substr(word.size() + 1).starts_with("//"));
}

[[noreturn]] void refuse(const std::string& why) {
  throw UsageError(why + "; write " + kKnown.data());
}

/// A reference of an engine or registry. What is refused for an '@' is not shown: it may be a
/// password.
std::string checked_reference(std::string_view transport, std::string_view text) {
  if (text.empty())
    refuse(std::string(transport) + " is followed by an image's name, such as " +
           std::string(transport) + "debian:12");
  const size_t at = text.find('@');
  if (at != text.npos && !text.substr(at + 1).starts_with("sha256:"))
    throw UsageError("behind the '@' of " + std::string(transport) +
                     "... stands sha256: and 64 hex digits; user names and passwords do not belong "
                     "there, they are taken from --authfile and `docker login`");
  parse_pinned_reference(text);
  return std::string(text);
}

/// Of docker-daemon: an image's id names it, too.
std::string checked_name_or_id(std::string_view transport, std::string_view text) {
  if (!text.starts_with("sha256:")) return checked_reference(transport, text);
  try {
    return Digest(text).str();
  } catch (const Error& error) {
    throw UsageError(std::string(transport) + quoted(text) + ": " + error.what());
  }
}

/// `text` without what `signs` part from it.
SourceSpec parse_path(std::string_view text, std::string_view whole, std::string_view signs) {
  SourceSpec spec;
  spec.path = text;
  const size_t sign = text.find_first_of(signs, 1);
  if (sign != text.npos) {
    spec.written = text;
    spec.path = text.substr(0, sign);
    spec.reference = text.substr(sign + 1);
  }
  if (spec.path.empty()) refuse("the image " + quoted(whole) + " has no path");
  if (text.find('\0') != text.npos) refuse("the path " + quoted(whole) + " holds a NUL");
  return spec;
}

bool exists(const std::string& path) {
  struct stat st;
  if (::stat(path.c_str(), &st) == 0) return true;
  return errno != ENOENT && errno != ENOTDIR && errno != ENAMETOOLONG;
}

[[noreturn]] void throw_nothing_there(const std::string& path) {
  std::string hint;
  try {
    const std::string name = parse_pinned_reference(path).reference.repository;
    if (!name.empty() && !path.starts_with('/') && !path.starts_with('.'))
      hint = "; an image of a registry is docker://" + path +
             ", one of the engine docker-daemon:" + path;
  } catch (const Error&) {
    // It is no name either.
  }
  throw Error("there is no file or folder " + quoted(path) + hint);
}

}  // namespace

std::string SourceSpec::str() const {
  const std::string behind = reference.empty() ? "" : "@" + reference;
  switch (kind) {
    case Kind::stream:
      return "-" + behind;
    case Kind::daemon:
      return "docker-daemon:" + reference;
    case Kind::registry:
      return "docker://" + reference;
    case Kind::path:
      break;
  }
  const std::string text = path + behind;
  return (path == "-" || is_other_than_path(text) ? "./" : "") + text;
}

SourceSpec parse_source(std::string_view text) {
  if (text.empty()) refuse("the image's place is empty");
  if (text == "-" || text.starts_with("-@"))
    return {
        SourceSpec::Kind::stream, {}, std::string(text.substr(std::min<size_t>(2, text.size())))};
  const std::string_view word = word_before_colon(text);
  if (word.empty()) return parse_path(text, text, "@");
  const std::string_view rest = text.substr(word.size() + 1);
  if (contains(kOfPaths, word)) return parse_path(rest, text, "@:");
  if (word == "docker-daemon")
    return {SourceSpec::Kind::daemon, {}, checked_name_or_id("docker-daemon:", rest)};
  if (word == "docker" && rest.starts_with("//"))
    return {SourceSpec::Kind::registry, {}, checked_reference("docker://", rest.substr(2))};
  if (contains(kForeign, word) || rest.starts_with("//"))
    refuse("pack reads no images from " + quoted(word) + ":" +
           (rest.starts_with("//") ? "//" : "") + " (a file of that name is ./" +
           std::string(word) + ":...)");
  return parse_path(text, text, "@");
}

SourceSpec resolve_path(const SourceSpec& spec) {
  if (spec.kind != SourceSpec::Kind::path) return spec;
  if (spec.written.empty()) {
    if (!exists(spec.path)) throw_nothing_there(spec.path);
    return spec;
  }
  SourceSpec found = spec;
  found.written.clear();
  found.path = spec.written;
  found.reference.clear();
  const std::string_view signs = spec.written[spec.path.size()] == ':' ? "@:" : "@";
  for (size_t end = spec.written.size(); !exists(found.path);) {
    end = spec.written.find_last_of(signs, end - 1);
    if (end == spec.written.npos || end == 0) throw_nothing_there(spec.written);
    found.path = spec.written.substr(0, end);
    found.reference = spec.written.substr(end + 1);
  }
  return found;
}

}  // namespace pack
