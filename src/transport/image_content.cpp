#include "transport/image_content.h"

#include <algorithm>
#include <array>
#include <memory>

#include "base/error.h"

namespace pack {

namespace {

/// Counts and hashes what passes.
class Verifier {
 public:
  Verifier(ByteReader reader, const Descriptor& descriptor, std::string where)
      : reader_(std::move(reader)),
        digest_(descriptor.digest),
        size_(descriptor.size),
        where_(std::move(where)) {}

  size_t read(std::span<std::byte> into) {
    if (into.empty()) return 0;
    if (count_ == size_) return end();
    const auto room = static_cast<size_t>(std::min<uint64_t>(into.size(), size_ - count_));
    const size_t n = reader_(into.first(room));
    if (n == 0)
      throw Error(name() + " has " + std::to_string(count_) + " bytes instead of " +
                  std::to_string(size_) + "; it is cut off or damaged");
    hash_.update(into.first(n));
    count_ += n;
    // Before the last bytes are given away, not after it.
    if (count_ == size_) check_digest();
    return n;
  }

 private:
  std::string name() const { return (where_.empty() ? "" : where_ + ": ") + digest_.str(); }

  size_t end() {
    if (!is_checked_) check_digest();
    std::array<std::byte, 1> surplus;
    if (reader_(surplus) != 0)
      throw Error(name() + " has more than the " + std::to_string(size_) +
                  " bytes that are said of it");
    return 0;
  }

  void check_digest() {
    const Digest found = hash_.finish();
    is_checked_ = true;
    if (found != digest_)
      throw Error(name() + " is damaged: what is stored under that digest is " + found.str());
  }

  ByteReader reader_;
  Digest digest_;
  uint64_t size_;
  std::string where_;
  Sha256 hash_;
  uint64_t count_ = 0;
  bool is_checked_ = false;
};

}  // namespace

ByteReader verified(ByteReader reader, const Descriptor& descriptor, std::string where) {
  auto verifier = std::make_shared<Verifier>(std::move(reader), descriptor, std::move(where));
  return [verifier](std::span<std::byte> into) { return verifier->read(into); };
}

std::string read_blob(const Blob& blob, uint64_t limit) {
  const Descriptor& descriptor = blob.descriptor;
  if (descriptor.size > limit)
    throw Error(descriptor.digest.str() + " has " + std::to_string(descriptor.size) +
                " bytes; at most " + std::to_string(limit) + " are read for a document");
  std::string text(descriptor.size, '\0');
  const ByteReader reader = verified(blob.open(0), descriptor, {});
  const auto bytes = std::as_writable_bytes(std::span(text));
  for (size_t done = 0; done < bytes.size();) done += reader(bytes.subspan(done));
  std::array<std::byte, 1> end;
  reader(end);
  return text;
}

}  // namespace pack
