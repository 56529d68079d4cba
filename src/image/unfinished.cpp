// Stands in until the owner's files are there.
#include "base/error.h"
#include "image/docker_archive.h"
#include "image/inherit.h"
#include "image/reference.h"
namespace pack {
MediaFamily family_of(std::string_view) { throw Error("unfinished"); }
bool is_index_type(std::string_view) { throw Error("unfinished"); }
bool is_manifest_type(std::string_view) { throw Error("unfinished"); }
bool is_nondistributable(std::string_view) { throw Error("unfinished"); }
DocumentKind document_kind(std::string_view) { throw Error("unfinished"); }
Manifest parse_manifest(std::string_view) { throw Error("unfinished"); }
Index parse_index(std::string_view) { throw Error("unfinished"); }
ImageConfig parse_config(std::string_view) { throw Error("unfinished"); }
std::vector<std::string> config_faults(std::string_view) { throw Error("unfinished"); }
ImageConfig inherit_config(const ImageConfig&, const ImageConfig&) { throw Error("unfinished"); }
std::vector<DockerArchiveItem> parse_docker_archive_manifest(std::string_view) { throw Error("unfinished"); }
PinnedReference parse_pinned_reference(std::string_view) { throw Error("unfinished"); }
}
