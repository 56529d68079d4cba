#pragma once

#include <cstdint>
#include <memory>
#include <optional>
#include <string>
#include <vector>

#include "base/error.h"
#include "base/output_file.h"
#include "image/manifest.h"
#include "image/platform.h"
#include "transport/access.h"
#include "transport/image_content.h"
#include "transport/source_spec.h"

namespace pack {

/// Bytes of a manifest, an index or a config: registries and containerd read no more.
inline constexpr uint64_t kMaxDocument = uint64_t{4} * 1024 * 1024;

/// Where images are read from: an archive, a layout, an engine, a registry's repository.
class ImageSource {
 public:
  virtual ~ImageSource() = default;

  /// What the source offers under which names: descriptors of manifests and indexes, with the
  /// annotations kRefNameAnnotation and kImageNameAnnotation as far as names are known.
  virtual std::vector<Descriptor> entries() const = 0;

  /// The manifest or index, verified. Throws Error when it is not there or over 4 MiB.
  virtual std::string document(const Descriptor& descriptor) const = 0;

  /// A config or layer. Throws Error when it is not there.
  virtual Blob blob(const Descriptor& descriptor) const = 0;
};

/// Opens what `spec` names. The source lives as long as blobs taken from it (they share it).
/// Throws Error when there is nothing that pack can read as an image.
std::shared_ptr<const ImageSource> open_source(const SourceSpec& spec, const Access& access);

/// An archive that was received into a file without a name; `origin` is for messages.
std::shared_ptr<const ImageSource> open_spooled_archive(std::unique_ptr<HiddenFile> file,
                                                        const std::string& origin);

// One for each kind. A docker archive without OCI documents gets an OCI manifest made for it.
std::shared_ptr<const ImageSource> open_archive_source(const SourceSpec& spec);  ///< also a stream
std::shared_ptr<const ImageSource> open_layout_source(const SourceSpec& spec);
std::shared_ptr<const ImageSource> open_daemon_source(const SourceSpec& spec, const Access& access);
std::shared_ptr<const ImageSource> open_registry_source(const SourceSpec& spec,
                                                        const Access& access);

/// The one image that spec.reference and `platform` (nothing: this machine's, where there is a
/// choice) name. Throws Error that lists what there is when they name none or several.
StoredImage open_image(const SourceSpec& spec, const std::optional<Platform>& platform,
                       const Access& access);

enum class PlatformChoice { one, all };

/// The index was found, but not all that it names is there, or can be read.
class IncompleteIndex : public Error {
 public:
  using Error::Error;
};

/// For a copy: with `all`, an index stays whole (IncompleteIndex is thrown where it is not); with
/// `one`, it is open_image()'s choice.
ImageContent open_image_content(const SourceSpec& spec, PlatformChoice choice,
                                const std::optional<Platform>& platform, const Access& access);

}  // namespace pack
