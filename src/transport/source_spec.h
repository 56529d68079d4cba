#pragma once

#include <string>
#include <string_view>

namespace pack {

/// Where an image comes from, as the user named it (containers-transports(5)).
struct SourceSpec {
  enum class Kind {
    path,     ///< PATH, docker-archive:PATH, oci-archive:PATH, oci:DIR: told apart by content
    stream,   ///< "-": an archive on standard input
    daemon,   ///< docker-daemon:REF
    registry  ///< docker://HOST/REPO[:TAG][@DIGEST]
  };
  Kind kind = Kind::path;
  std::string path;  ///< of Kind::path
  /// Which image of several: `@REF` behind a path, the tag of oci:DIR:TAG and of
  /// docker-archive:PATH:REF, what follows docker-daemon: and docker://. May be empty for a path.
  std::string reference;
  /// Of a path with a reference: both as written. When a file has that name, it is meant.
  std::string written = {};

  /// As it is written on a command line, without secrets.
  std::string str() const;
};

/// Throws UsageError for an empty path, a bad reference and unknown transports.
SourceSpec parse_source(std::string_view text);

/// Where path and reference of a Kind::path part, by what exists: the longest path that does. All
/// else comes back as it is. Throws Error when there is nothing.
SourceSpec resolve_path(const SourceSpec& spec);

}  // namespace pack
