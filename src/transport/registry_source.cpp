// A repository of a registry as a source of images. The manifest's digest is what everything else
// hangs on: one that was asked for must be the digest of what comes; with a tag alone, what comes
// says what it is. (Docker-Content-Digest would be the registry's word for it, which proxies that
// rewrite manifests leave standing, so nothing can be proved by it.)

#include <map>
#include <memory>
#include <mutex>
#include <optional>
#include <string>
#include <utility>

#include "base/error.h"
#include "image/reference.h"
#include "transport/blob_download.h"
#include "transport/image_source.h"
#include "transport/registry_paths.h"
#include "transport/registry_session.h"

namespace pack {

namespace {

constexpr uint64_t kDocumentLimit = 4 * 1024 * 1024;

std::string accepted_types() {
  std::string out;
  for (const std::string_view type : {kOciIndex, kDockerIndex, kOciManifest, kDockerManifest})
    out += (out.empty() ? "" : ", ") + std::string(type);
  return out;
}

/// What the document says that it is; a Content-Type that says otherwise is somebody's mistake or
/// trick, for another reader would take it for something else (CVE-2021-41190).
std::string type_of(const Document& document, const std::string& content_type) {
  const bool is_index = document_kind(document.text) == DocumentKind::index;
  const std::string sent = content_type.substr(0, content_type.find(';'));
  if (is_index ? is_manifest_type(sent) : is_index_type(sent))
    throw Error(std::string("the registry sends ") + (is_index ? "an index" : "a manifest") +
                " and calls it " + quoted(sent));
  return is_index ? parse_index(document.text).media_type
                  : parse_manifest(document.text).media_type;
}

class RegistrySource : public ImageSource {
 public:
  RegistrySource(PinnedReference name, const Access& access)
      : name_(std::move(name)),
        session_(std::make_shared<RegistrySession>(
            Repository{name_.reference.domain, name_.reference.repository},
            RegistrySession::Rights::pull, access)) {}

  std::vector<Descriptor> entries() const override {
    const Document& top = fetch(name_.digest ? name_.digest->str() : name_.reference.tag);
    Descriptor entry = top.descriptor;
    if (!name_.reference.tag.empty()) {
      entry.annotations[std::string(kRefNameAnnotation)] = name_.reference.tag;
      entry.annotations[std::string(kImageNameAnnotation)] = name_.reference.full();
    }
    return {entry};
  }

  std::string document(const Descriptor& descriptor) const override {
    const Document& found = fetch(descriptor.digest.str());
    if (found.descriptor.size != descriptor.size)
      throw Error("reading " + where(descriptor.digest.str()) + ": it has " +
                  std::to_string(found.descriptor.size) + " bytes, but the index says " +
                  std::to_string(descriptor.size));
    return found.text;
  }

  Blob blob(const Descriptor& descriptor) const override {
    return {.descriptor = descriptor,
            .open = [session = session_, descriptor](
                        uint64_t offset) { return download_blob(session, descriptor, offset); },
            .repository = session_->repository()};
  }

 private:
  std::string where(const std::string& name) const {
    const char* separator = name.starts_with("sha256:") ? "@" : ":";
    return full_name(session_->repository()) + separator + name;
  }

  /// `name` is a tag or a digest. Each is read once.
  const Document& fetch(const std::string& name) const {
    const std::lock_guard lock(mutex_);
    if (const auto known = documents_.find(name); known != documents_.end()) return known->second;
    const HttpResponse response =
        session_->send({.target = manifest_target(session_->repository(), name),
                        .headers = {{"Accept", accepted_types()}},
                        .body = {}});
    if (response.status != 200)
      throw Error("reading " + where(name) + ": " + describe_failure(response));
    Document document = checked(name, response);
    documents_.emplace(document.descriptor.digest.str(), document);
    return documents_.insert_or_assign(name, std::move(document)).first->second;
  }

  Document checked(const std::string& name, const HttpResponse& response) const {
    if (response.body.size() > kDocumentLimit)
      throw Error("reading " + where(name) + ": a manifest of more than 4 MiB");
    Document document{.descriptor = {.media_type = {},
                                     .digest = sha256(response.body),
                                     .size = response.body.size(),
                                     .annotations = {},
                                     .platform = {}},
                      .text = response.body};
    if (name.starts_with("sha256:") && document.descriptor.digest.str() != name)
      throw Error("reading " + where(name) + ": what the registry sends has the digest " +
                  document.descriptor.digest.str());
    try {
      document.descriptor.media_type =
          type_of(document, header_value(response.headers, "Content-Type"));
    } catch (const Error& error) {
      throw Error("reading " + where(name) + ": " + session_->without_secrets(error.what()));
    }
    return document;
  }

  PinnedReference name_;
  std::shared_ptr<RegistrySession> session_;
  mutable std::mutex mutex_;
  mutable std::map<std::string, Document> documents_;  // by tag and by digest
};

}  // namespace

std::shared_ptr<const ImageSource> open_registry_source(const SourceSpec& spec,
                                                        const Access& access) {
  return std::make_shared<RegistrySource>(parse_pinned_reference(spec.reference), access);
}

}  // namespace pack
