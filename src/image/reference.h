#pragma once

#include <optional>
#include <string>
#include <string_view>

#include "base/digest.h"

namespace pack {

/// An image's name, completed as Docker completes it.
struct Reference {
  std::string domain;      ///< "docker.io", "localhost:5000", "[::1]:5000"
  std::string repository;  ///< "library/basic"
  std::string tag;         ///< "v1"; empty only in a PinnedReference

  /// docker.io/library/basic:v1, the spelling that means the same to every engine.
  std::string full() const;

  /// basic:v1, the shortest spelling that Docker completes to full().
  std::string familiar() const;

  /// The repository's last component: basic.
  std::string base_name() const;
};

/// A reference as a user types it: [HOST[:PORT]/]NAME[:TAG]; without a host it is Docker Hub's,
/// without a tag it is `latest`. Throws UsageError, saying which rule is broken, for what some
/// version of Docker would refuse (but takes IPv6 hosts, which only newer ones know), and for
/// digests: they name what exists already.
/// Source: the grammar in github.com/distribution/reference (reference.go, normalize.go).
Reference parse_reference(std::string_view text);

/// A name of an image that exists: it may be pinned by digest, and may have no tag then.
struct PinnedReference {
  Reference reference;  ///< tag empty when only the digest was given
  std::optional<Digest> digest;
};

/// [HOST[:PORT]/]NAME[:TAG][@sha256:HEX], completed as parse_reference() does. Throws UsageError.
PinnedReference parse_pinned_reference(std::string_view text);

}  // namespace pack
