#pragma once

#include <memory>
#include <string>

#include "transport/image_files.h"
#include "transport/image_source.h"

namespace pack {

/// The images of an OCI layout (OCI image-spec, image-layout.md): those of index.json or, in
/// layouts from before 2017, of the folder refs/.
std::shared_ptr<const ImageSource> open_layout_files(std::shared_ptr<const ImageFiles> files);

/// The images that manifest.json lists, as `docker save` writes it.
std::shared_ptr<const ImageSource> open_docker_files(std::shared_ptr<const ImageFiles> files);

/// The one or the other, by content. Where both are there, they are the same images (newer Docker,
/// and pack), and the layout says more.
std::shared_ptr<const ImageSource> open_image_files(const std::shared_ptr<const ImageFiles>& files);

/// The blob that is `file`. Throws Error when its size is not what the descriptor says; `where` is
/// for the message.
Blob blob_of(const StoredFile& file, const Descriptor& descriptor, const std::string& where);

}  // namespace pack
