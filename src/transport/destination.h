#pragma once

#include <cstddef>
#include <cstdint>
#include <functional>
#include <memory>
#include <optional>
#include <span>
#include <string>
#include <string_view>
#include <vector>

#include "base/digest.h"
#include "layer/layer.h"
#include "transport/access.h"
#include "transport/image.h"

namespace pack {

/// Where an image goes, as the user named it (containers-transports(5)).
struct DestinationSpec {
  enum class Kind {
    archive,     ///< PATH, docker-archive:PATH, oci-archive:PATH: one file that every loader reads
    stream,      ///< "-": the same archive on standard output
    oci_layout,  ///< oci:DIR[:TAG]
    rootfs,      ///< rootfs:DIR
    daemon,      ///< docker-daemon:[REF]
    registry     ///< docker://HOST/REPO:TAG
  };
  Kind kind = Kind::archive;
  std::string path;                         ///< empty for a stream
  std::string tag;                          ///< of oci:DIR:TAG; may be empty
  std::optional<Reference> reference = {};  ///< of a registry; of a daemon where it was given

  /// As it is written on a command line.
  std::string str() const;
};

/// Throws UsageError for an empty path, a bad tag, and transports that this version does not know.
DestinationSpec parse_destination(std::string_view text);

/// What became of one destination.
struct Receipt {
  DestinationSpec destination;
  std::optional<Digest> manifest;  ///< none for a rootfs folder
  uint64_t size = 0;               ///< bytes of the archive, of the image's blobs, or of the files
  std::vector<std::string> notes;  ///< sentences that a user should read
  std::optional<Platform> platform = {};  ///< the only one of several that it took
};

/// A destination being written. Nothing is visible before reveal(); destroyed without it, it
/// leaves no trace. A build calls prepare(), feeds the layer, calls seal(); a copy calls store().
/// No thread may run before the first byte of a layer or store(): until then others fork.
class Destination {
 public:
  virtual ~Destination() = default;

  /// What of the image is known before its new layer is.
  virtual void prepare(const ImageDraft& draft) = 0;
  /// Takes the layer's bytes, in order and in a thread of its own. Empty: wants entries.
  virtual std::function<void(std::span<const std::byte>)> layer_bytes() { return {}; }
  /// Takes the layer's entries; null: wants bytes.
  virtual EntrySink* layer_entries() { return nullptr; }
  /// The layer is complete: writes all that is missing except the name.
  virtual Receipt seal(const Image& image) = 0;

  /// Writes an image that exists, bit for bit, all except the name.
  virtual Receipt store(const ImageContent& content) = 0;

  /// Gives away what cannot be taken back (bytes on a pipe, a registry's tag), when every
  /// destination is sealed. No thread of its own is left behind.
  virtual void send() {}

  /// The image appears in its place. Throws Error, and then nothing has changed.
  virtual void reveal() {}
  /// What was there before goes. Or:
  virtual void settle() noexcept {}
  /// what was there before is back.
  virtual void undo() noexcept {}
};

// One for each kind; throw Error when the place cannot be written and when something is there that
// must not be replaced.

/// `spec.path` is a file or does not exist.
std::unique_ptr<Destination> open_archive_file(const DestinationSpec& spec);
/// Standard output, or the FIFO or device at `spec.path`; a terminal is refused (UsageError).
std::unique_ptr<Destination> open_stream(const DestinationSpec& spec);
std::unique_ptr<Destination> open_oci_layout(const DestinationSpec& spec);
std::unique_ptr<Destination> open_rootfs_folder(const DestinationSpec& spec, const Access& access);
std::unique_ptr<Destination> open_daemon(const DestinationSpec& spec, const Access& access);
std::unique_ptr<Destination> open_registry(const DestinationSpec& spec, const Access& access);

}  // namespace pack
