#pragma once

#include <cstddef>
#include <memory>
#include <span>
#include <string>
#include <string_view>

namespace pack {

/// A SHA-256 content digest, written `sha256:` and 64 lowercase hex digits
/// (OCI image-spec, descriptor.md, "Digests").
class Digest {
 public:
  /// The digest of nothing that exists (all zeroes): holds the place of one that is not known yet.
  Digest() : hex_(64, '0') {}

  /// From "sha256:<64 lowercase hex>". Throws Error for anything else.
  explicit Digest(std::string_view text);

  std::string str() const { return "sha256:" + hex_; }
  const std::string& hex() const { return hex_; }
  auto operator<=>(const Digest&) const = default;

 private:
  friend class Sha256;
  std::string hex_;
};

/// SHA-256 of bytes as they stream by.
class Sha256 {
 public:
  Sha256();
  ~Sha256();
  Sha256(const Sha256&) = delete;
  Sha256& operator=(const Sha256&) = delete;

  void update(std::span<const std::byte> bytes);

  /// The digest of all that was given. Call once, last.
  Digest finish();

 private:
  struct State;
  std::unique_ptr<State> state_;
};

Digest sha256(std::string_view text);

}  // namespace pack
