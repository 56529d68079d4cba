#include "transport/layer_check.h"

#include <array>
#include <optional>

#include "base/error.h"
#include "transport/counted_blob.h"
#include "transport/layer_tar.h"
#include "transport/stored_form.h"

namespace pack {

namespace {

constexpr size_t kChunk = 256UL * 1024;

class HashSink : public ByteSink {
 public:
  using ByteSink::write;
  void write(std::span<const std::byte> bytes) override { hash_.update(bytes); }
  Digest digest() { return hash_.finish(); }

 private:
  Sha256 hash_;
};

/// What a media type says of the packing; nothing for types that pack does not know.
std::optional<StoredForm> said_form(std::string_view type) {
  if (type.ends_with("+gzip") || type.ends_with(".gzip")) return StoredForm::gzip;
  if (type.ends_with("+zstd") || type.ends_with(".zstd")) return StoredForm::zstd;
  if (type.ends_with(".tar")) return StoredForm::plain;
  return std::nullopt;
}

std::string name_of(StoredForm form) {
  switch (form) {
    case StoredForm::plain:
      return "not packed";
    case StoredForm::gzip:
      return "packed by gzip";
    case StoredForm::zstd:
      return "packed by zstd";
    case StoredForm::other:
      return "packed in a way that images do not have";
  }
  return "";
}

StoredForm form_of(const SeekableBytes& bytes) {
  std::array<std::byte, kFormBytes> beginning;
  return stored_form(std::span(beginning).first(bytes.read_at(0, beginning)));
}

/// Adds the error of a part of the work to the faults.
template <typename Work>
void attempt(std::vector<std::string>& faults, const Work& work) {
  try {
    work();
  } catch (const Error& error) {
    faults.emplace_back(error.what());
  }
}

void drain(const ByteReader& reader) {
  std::vector<std::byte> chunk(kChunk);
  while (reader(chunk) > 0) continue;
}

/// What is stored is what it is when unpacked: one pass tells all, when the digest is right.
void diagnose_plain(const Blob& layer, const Digest& diff_id, std::vector<std::string>& faults) {
  attempt(faults, [&] {
    drain(verified(layer.open(0), layer.descriptor, "the stored layer"));
    if (layer.descriptor.digest != diff_id)
      throw Error("its diff_id is " + diff_id.str() + ", and it is stored as it is");
  });
}

/// All that is wrong with the bytes: stored, and unpacked.
void diagnose(const Blob& layer, const Digest& diff_id, std::vector<std::string>& faults) {
  attempt(faults, [&] { drain(verified(layer.open(0), layer.descriptor, "the stored layer")); });
  attempt(faults, [&] {
    HashSink hash;
    decompress(layer.open(0), hash, most_unpacked(layer.descriptor.size));
    const Digest found = hash.digest();
    if (found != diff_id)
      throw Error("unpacked, it is " + found.str() + ", and its diff_id is " + diff_id.str());
  });
}

}  // namespace

LayerCheck check_layer(const Blob& layer, const Digest& diff_id, const Access& access) {
  LayerCheck out;
  const Blob blob = counted(layer, access.progress);
  const std::optional<StoredForm> said = said_form(layer.descriptor.media_type);
  std::optional<StoredForm> form;
  attempt(out.faults, [&] {
    if (layer.local) form = form_of(*layer.local);
    if (form && said && form != said)
      throw Error("its mediaType is " + quoted(layer.descriptor.media_type) + ", but it is " +
                  name_of(*form));
  });
  // A plain local layer is used where it lies, unread.
  if (form == StoredForm::plain) diagnose_plain(blob, diff_id, out.faults);
  try {
    out.tar = open_layer_tar(blob, diff_id, access);
  } catch (const Error& error) {
    const size_t before = out.faults.size();
    if (form != StoredForm::plain) diagnose(layer, diff_id, out.faults);
    if (out.faults.size() == before && form != StoredForm::plain)
      out.faults.emplace_back(error.what());
  }
  return out;
}

void read_through(const Blob& blob, const Access& access) {
  drain(verified(counted(blob, access.progress).open(0), blob.descriptor, {}));
}

}  // namespace pack
