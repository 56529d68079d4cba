#include "base/digest.h"

#include <openssl/crypto.h>
#include <openssl/evp.h>

#include <algorithm>

#include "base/error.h"

namespace pack {

namespace {

// Reading openssl.cnf would cost a millisecond at start-up and let the host change what we do.
void start_openssl() {
  static const int started = OPENSSL_init_crypto(OPENSSL_INIT_NO_LOAD_CONFIG, nullptr);
  if (started != 1) throw Error("OpenSSL could not be started");
}

}  // namespace

Digest::Digest(std::string_view text) {
  static constexpr std::string_view kPrefix = "sha256:";
  const auto is_hex = [](char c) { return (c >= '0' && c <= '9') || (c >= 'a' && c <= 'f'); };
  const std::string_view hex = text.substr(std::min(kPrefix.size(), text.size()));
  if (!text.starts_with(kPrefix) || hex.size() != 64 ||
      !std::all_of(hex.begin(), hex.end(), is_hex))
    throw Error("not a sha256 digest: " + quoted(text.substr(0, 100)));
  hex_ = hex;
}

struct Sha256::State {
  std::unique_ptr<EVP_MD_CTX, decltype(&EVP_MD_CTX_free)> context{EVP_MD_CTX_new(),
                                                                  &EVP_MD_CTX_free};
};

Sha256::Sha256() {
  start_openssl();
  state_ = std::make_unique<State>();
  if (!state_->context || EVP_DigestInit_ex(state_->context.get(), EVP_sha256(), nullptr) != 1)
    throw Error("OpenSSL offers no SHA-256");
}

Sha256::~Sha256() = default;

void Sha256::update(std::span<const std::byte> bytes) {
  if (EVP_DigestUpdate(state_->context.get(), bytes.data(), bytes.size()) != 1)
    throw Error("OpenSSL failed to hash");
}

Digest Sha256::finish() {
  unsigned char raw[EVP_MAX_MD_SIZE];
  unsigned size = 0;
  if (EVP_DigestFinal_ex(state_->context.get(), raw, &size) != 1 || size != 32)
    throw Error("OpenSSL failed to hash");
  static constexpr char kHex[] = "0123456789abcdef";
  Digest out;
  for (unsigned i = 0; i < size; ++i) {
    out.hex_[2 * i] = kHex[raw[i] >> 4];
    out.hex_[2 * i + 1] = kHex[raw[i] & 15];
  }
  return out;
}

Digest sha256(std::string_view text) {
  Sha256 hash;
  hash.update(std::as_bytes(std::span(text)));
  return hash.finish();
}

}  // namespace pack
