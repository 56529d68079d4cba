#pragma once

#include <filesystem>
#include <map>
#include <string>
#include <vector>

#include "support/image_archive.h"
#include "support/shell.h"
#include "support/temp_dir.h"

namespace pack::test {

/// Descriptors as JSON text.
struct Described {
  std::string type;
  std::string digest;  ///< sha256:HEX
  size_t size = 0;
  std::string more = {};  ///< further members, with a comma in front

  std::string json() const {
    return R"({"mediaType":")" + type + R"(","digest":")" + digest + R"(","size":)" +
           std::to_string(size) + more + "}";
  }
};

inline constexpr const char* kOciTypes = "application/vnd.oci.image.";

/// Image files that a test writes itself, byte by byte; sha256sum and GNU tar make digests and
/// archives. In a folder of their own.
class HandMadeImage {
 public:
  std::filesystem::path path() const { return folder_.path() / "image"; }
  std::string at(const std::string& name) const { return (folder_.path() / name).string(); }

  void file(const std::string& name, const std::string& content) const {
    write_file(path() / name, content);
  }

  /// Under its digest.
  Described blob(const std::string& type, const std::string& content) const {
    file("new-blob", content);
    const std::string hex = sha256_of(path() / "new-blob");
    std::filesystem::create_directories(path() / "blobs/sha256");
    std::filesystem::rename(path() / "new-blob", path() / "blobs/sha256" / hex);
    return {type, "sha256:" + hex, content.size()};
  }

  std::filesystem::path blob_file(const Described& blob) const {
    return path() / "blobs/sha256" / blob.digest.substr(7);
  }

  /// A tar with one file, by GNU tar.
  std::string layer_tar(const std::string& name, const std::string& content) const {
    write_file(folder_.path() / "tree" / name, content);
    must("tar -C tree --sort=name --mtime=@0 --owner=0 --group=0 -cf layer.tar . && rm -r tree");
    return read_file(folder_.path() / "layer.tar");
  }

  static std::string config(const std::vector<std::string>& diff_ids,
                            const std::string& architecture = "amd64",
                            const std::string& variant = "") {
    std::string list;
    for (const std::string& it : diff_ids) list += (list.empty() ? "\"" : ",\"") + it + "\"";
    return R"({"architecture":")" + architecture + R"(","os":"linux",)" +
           (variant.empty() ? "" : R"("variant":")" + variant + R"(",)") +
           R"("config":{"Cmd":["/hi"]},"rootfs":{"type":"layers","diff_ids":[)" + list + "]}}";
  }

  static std::string manifest(const Described& config, const std::vector<Described>& layers) {
    std::string list;
    for (const Described& it : layers) list += (list.empty() ? "" : ",") + it.json();
    return R"({"schemaVersion":2,"mediaType":"application/vnd.oci.image.manifest.v1+json",)"
           R"("config":)" +
           config.json() + R"(,"layers":[)" + list + "]}";
  }

  /// A whole image of one layer; what distinguishes it is the layer's `content`.
  Described image(const std::string& content, const std::string& architecture = "amd64",
                  const std::string& variant = "") const {
    const Described layer = blob(types("layer.v1.tar"), layer_tar("hi", content));
    const Described settings =
        blob(types("config.v1+json"), config({layer.digest}, architecture, variant));
    return blob(types("manifest.v1+json"), manifest(settings, {layer}));
  }

  static Described named(Described entry, const std::string& tag, const std::string& full = "") {
    entry.more += R"(,"annotations":{"org.opencontainers.image.ref.name":")" + tag + "\"" +
                  (full.empty() ? "" : R"(,"io.containerd.image.name":")" + full + "\"") + "}";
    return entry;
  }

  static Described on(Described entry, const std::string& architecture,
                      const std::string& os = "linux") {
    entry.more += R"(,"platform":{"architecture":")" + architecture + R"(","os":")" + os + "\"}";
    return entry;
  }

  static std::string index(const std::vector<Described>& entries) {
    std::string list;
    for (const Described& it : entries) list += (list.empty() ? "" : ",") + it.json();
    return R"({"schemaVersion":2,"mediaType":"application/vnd.oci.image.index.v1+json",)"
           R"("manifests":[)" +
           list + "]}";
  }

  void layout(const std::vector<Described>& entries) const {
    file("oci-layout", R"({"imageLayoutVersion":"1.0.0"})");
    file("index.json", index(entries));
  }

  /// The folder as an archive, by GNU tar with `options`.
  std::string archive(const std::string& options = "") const {
    must("rm -f a.tar && tar " + options + " -C image -cf a.tar .");
    return at("a.tar");
  }

  /// Runs a line of shell in the folder above; throws when it fails.
  std::string must(const std::string& command) const {
    const ToolRun done = run("cd " + folder_.str() + " && " + command);
    if (done.status != 0) throw std::runtime_error(command + ": " + done.output);
    return done.output;
  }

  static std::string types(const std::string& end) { return kOciTypes + end; }

 private:
  TemporaryFolder folder_;
};

}  // namespace pack::test
