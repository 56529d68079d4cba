// OCI layouts. index.json names manifests and indexes, all else is a blob under its digest, and
// every document is compared with its digest before anything in it counts: so an index cannot name
// itself, and a blob cannot be another one than was meant.
//
// Before 1.0.0-rc5 of the specification there was no index.json but a folder refs/, in which each
// file is a descriptor and its name a tag.

#include "base/error.h"
#include "transport/local_source.h"

namespace pack {

namespace {

/// A file of refs/ is read as an index's only entry, with an index's checks.
Descriptor read_ref(const ImageFiles& files, const std::string& name) {
  const std::string text = read_text(files, "refs/" + name, kMaxDocument).value_or("");
  const Index index = parse_index(R"({"schemaVersion":2,"manifests":[)" + text + "]}");
  if (index.manifests.size() != 1) throw Error("it is no descriptor");
  Descriptor descriptor = index.manifests.front();
  descriptor.annotations[std::string(kRefNameAnnotation)] = name;
  return descriptor;
}

std::vector<Descriptor> read_refs(const ImageFiles& files) {
  std::vector<Descriptor> out;
  for (const std::string& name : files.list("refs")) {
    try {
      out.push_back(read_ref(files, name));
    } catch (const Error& error) {
      throw Error("reading " + quoted("refs/" + name) + " in " + quoted(files.name()) + ": " +
                  error.what());
    }
  }
  return out;
}

std::vector<Descriptor> read_entries(const ImageFiles& files) {
  const std::optional<std::string> text = read_text(files, "index.json", kMaxDocument);
  if (!text) return read_refs(files);
  try {
    return parse_index(*text).manifests;
  } catch (const Error& error) {
    throw Error("index.json in " + quoted(files.name()) + ": " + error.what());
  }
}

class LayoutSource : public ImageSource {
 public:
  explicit LayoutSource(std::shared_ptr<const ImageFiles> files)
      : files_(std::move(files)), entries_(read_entries(*files_)) {}

  std::vector<Descriptor> entries() const override { return entries_; }

  std::string document(const Descriptor& descriptor) const override {
    const Blob blob = this->blob(descriptor);
    try {
      return read_blob(blob, kMaxDocument);
    } catch (const Error& error) {
      throw Error("reading " + quoted(files_->name()) + ": " + error.what());
    }
  }

  Blob blob(const Descriptor& descriptor) const override {
    const std::optional<StoredFile> file = files_->find(blob_path(descriptor.digest));
    if (!file)
      throw Error(descriptor.digest.str() + " is missing in " + quoted(files_->name()) +
                  ", though it is a part of the image; the copy is incomplete");
    return blob_of(*file, descriptor, files_->name());
  }

 private:
  std::shared_ptr<const ImageFiles> files_;
  std::vector<Descriptor> entries_;
};

}  // namespace

std::shared_ptr<const ImageSource> open_layout_files(std::shared_ptr<const ImageFiles> files) {
  return std::make_shared<LayoutSource>(std::move(files));
}

}  // namespace pack
