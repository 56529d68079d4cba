#pragma once

#include <cstdint>
#include <functional>
#include <optional>
#include <string>
#include <string_view>

#include "transport/image_content.h"
#include "transport/registry_session.h"
#include "transport/url.h"

namespace pack {

/// One upload of one blob as the registry keeps it: begun by begin(), it takes bytes at its
/// Location, which may be another one after each request, until it is finished with the digest or
/// cancelled (distribution-spec, "Pushing blobs"). One thread at a time.
///
/// What breaks off on the way is an HttpError (HttpBusy where the server says so); then stored()
/// tells what the registry has of it. What the registry will never accept is an Error.
class RegistryUpload {
 public:
  /// Makes a reader of the bytes to send, from the first of them on; for each try.
  using Bytes = std::function<ByteReader()>;

  explicit RegistryUpload(RegistrySession& session) : session_(session) {}

  enum class Begun { upload, mounted };
  /// POST. With `from`, another repository of the same registry that has `mounted`, the blob is
  /// there afterwards without any upload, if the registry can do that.
  Begun begin();
  Begun begin_or_mount(const Digest& mounted, const Repository& from);

  enum class Outcome {
    accepted,
    too_large,   ///< the server takes no body of that size
    out_of_step  ///< it has not that many bytes yet, or does not know the upload any more
  };

  /// PUT: all bytes and the digest at once.
  Outcome put(const Descriptor& blob, const Bytes& bytes);
  /// PATCH: all bytes, as many as there will be.
  Outcome stream(const Bytes& bytes);
  /// PATCH: `size` bytes at `offset`. accepted() tells where to go on.
  Outcome patch(uint64_t offset, uint64_t size, const Bytes& bytes);
  /// PUT: all bytes are there.
  Outcome finish(const Digest& digest);

  /// GET: how many bytes the registry has; nothing when it cannot tell, and then only a new upload
  /// helps.
  std::optional<uint64_t> stored();
  /// DELETE, as far as the registry can do it.
  void cancel() noexcept;

  bool is_begun() const { return !location_.empty(); }
  /// Bytes that the registry has confirmed by its last answer to patch().
  uint64_t accepted() const { return accepted_; }
  /// The server wants no smaller chunks than this (but the last); 0: it did not say.
  uint64_t least_chunk() const { return least_chunk_; }

 private:
  Begun begin(const std::string& query);
  HttpResponse send(const RegistryRequest& request);
  void take_location(const HttpResponse& response);
  Outcome judge(const HttpResponse& response) const;
  std::string with_digest(const Digest& digest) const;

  RegistrySession& session_;
  std::string location_;  // absolute; empty: not begun, or over
  uint64_t accepted_ = 0;
  uint64_t least_chunk_ = 0;
};

}  // namespace pack
