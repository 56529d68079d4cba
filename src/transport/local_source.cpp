#include "transport/local_source.h"

#include <fcntl.h>
#include <sys/stat.h>
#include <unistd.h>

#include "base/error.h"

namespace pack {

namespace {

Fd open_file(const std::string& path) {
  Fd file(::open(path.c_str(), O_RDONLY | O_CLOEXEC));
  if (!file) throw_errno("reading " + quoted(path));
  return file;
}

Fd open_standard_input() {
  if (::isatty(STDIN_FILENO) == 1)
    throw UsageError(
        "an image archive is expected on standard input, but that is a terminal; write the "
        "archive's path instead of '-'");
  Fd file(::fcntl(STDIN_FILENO, F_DUPFD_CLOEXEC, 3));
  if (!file) throw_errno("reading standard input");
  return file;
}

bool is_folder(const std::string& path) {
  struct stat st;
  return ::stat(path.c_str(), &st) == 0 && S_ISDIR(st.st_mode);
}

}  // namespace

Blob blob_of(const StoredFile& file, const Descriptor& descriptor, const std::string& where) {
  if (file.bytes.size != descriptor.size)
    throw Error(descriptor.digest.str() + " in " + quoted(where) + " has " +
                std::to_string(file.bytes.size) + " bytes, and not the " +
                std::to_string(descriptor.size) + " that are said of it; the image is damaged");
  const SeekableBytes bytes = file.bytes;
  const std::string path = file.local_file;
  // A reader closes its file when it goes.
  const auto open = [bytes, path](uint64_t offset) {
    return reader_of(path.empty() ? bytes : bytes_at(path, bytes.size, path), offset);
  };
  return {.descriptor = descriptor,
          .open = open,
          .repository = {},
          .local_file = file.local_file,
          .local = bytes};
}

std::shared_ptr<const ImageSource> open_image_files(
    const std::shared_ptr<const ImageFiles>& files) {
  const bool is_docker = files->find("manifest.json").has_value();
  if (files->find("index.json") || (!is_docker && !files->list("refs").empty())) {
    auto layout = open_layout_files(files);
    if (!is_docker || !layout->entries().empty()) return layout;
  }
  if (is_docker) return open_docker_files(files);
  if (files->find("repositories"))
    throw Error(quoted(files->name()) +
                " was written by a Docker from before 2016, whose images are not read; load it "
                "into an engine and save it again");
  throw Error("there is no image in " + quoted(files->name()) +
              ": it has neither an index.json (OCI) nor a manifest.json (Docker)");
}

std::shared_ptr<const ImageSource> open_archive_source(const SourceSpec& spec) {
  if (spec.kind == SourceSpec::Kind::stream)
    return open_image_files(open_archive_files(open_standard_input(), "standard input"));
  return open_image_files(open_archive_files(open_file(spec.path), spec.path));
}

std::shared_ptr<const ImageSource> open_spooled_archive(std::unique_ptr<HiddenFile> file,
                                                        const std::string& origin) {
  Fd copy(::fcntl(file->content().fd(), F_DUPFD_CLOEXEC, 3));
  if (!copy) throw_errno("reading " + quoted(origin));
  return open_image_files(open_archive_files(std::move(copy), origin));
}

std::shared_ptr<const ImageSource> open_layout_source(const SourceSpec& spec) {
  return open_image_files(open_folder_files(spec.path));
}

std::shared_ptr<const ImageSource> open_source(const SourceSpec& spec, const Access& access) {
  switch (spec.kind) {
    case SourceSpec::Kind::daemon:
      return open_daemon_source(spec, access);
    case SourceSpec::Kind::registry:
      return open_registry_source(spec, access);
    case SourceSpec::Kind::stream:
      return open_archive_source(spec);
    case SourceSpec::Kind::path:
      break;
  }
  const SourceSpec place = resolve_path(spec);
  return is_folder(place.path) ? open_layout_source(place) : open_archive_source(place);
}

}  // namespace pack
