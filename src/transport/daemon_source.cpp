#include <algorithm>
#include <nlohmann/json.hpp>
#include <vector>

#include "base/error.h"
#include "base/output_file.h"
#include "image/reference.h"
#include "image/untrusted_json.h"
#include "transport/engine_api.h"
#include "transport/image_source.h"

namespace pack {

namespace {

using Json = nlohmann::json;

/// The engine packs the image up before it sends the first byte.
constexpr Patience kPatience{.transfer = std::chrono::minutes(10)};
constexpr size_t kPiece = 256 * 1024;
constexpr uint64_t kAnswerLimit = 4 * 1024 * 1024;

/// A reference in a path; '/' and ':' may stay (RFC 3986, 3.3).
std::string in_path(const std::string& reference) {
  std::string out;
  for (const char c : reference)
    out += c == '/' || c == ':' || c == '@' ? std::string(1, c) : url_encode(std::string(1, c));
  return out;
}

HttpRequest about(const EngineEndpoint& engine, const std::string& reference,
                  const std::string& what) {
  HttpRequest request{.url = engine.root};
  request.url.target = "/images/" + in_path(reference) + what;
  return request;
}

/// The name by which the engine gives away this image alone: without a tag, it would give away
/// every tag of the repository.
std::string full_name(const std::string& reference, const std::string& about_image) {
  if (!json_fault(about_image).empty()) return reference;
  const Json json = Json::parse(about_image);
  const auto tags = json.find("RepoTags");
  if (tags == json.end() || !tags->is_array()) return reference;
  try {
    std::string name = parse_reference(reference).familiar();
    if (std::find(tags->begin(), tags->end(), Json(name)) != tags->end()) return name;
  } catch (const Error&) {  // it is an image's ID, or pinned by a digest
  }
  return reference;
}

/// See full_name().
std::string find_image(HttpClient& client, const EngineEndpoint& engine,
                       const std::string& reference) {
  const HttpResponse response = client.send(about(engine, reference, "/json"), kAnswerLimit);
  if (response.status == 404)
    throw Error("the Docker engine at " + quoted(engine.name) + " has no image " +
                quoted(reference));
  if (response.status != 200)
    throw_engine_error(
        "asking the Docker engine at " + quoted(engine.name) + " for " + quoted(reference),
        response);
  return full_name(reference, response.body);
}

/// The start of a body, for a message.
std::string some_of(const ByteReader& body) {
  std::string out(kPiece, '\0');
  out.resize(body(std::as_writable_bytes(std::span(out))));
  return out;
}

std::unique_ptr<HiddenFile> save_image(HttpClient& client, const EngineEndpoint& engine,
                                       const std::string& reference, Progress* progress) {
  HttpClient::Download saved = client.download(about(engine, reference, "/get"));
  if (saved.response.status != 200) {
    saved.response.body = some_of(saved.body);
    throw_engine_error(
        "reading " + quoted(reference) + " out of the Docker engine at " + quoted(engine.name),
        saved.response);
  }
  const std::string what = "reading " + reference + " out of the engine";
  if (progress) progress->expect(what, 0);  // it does not say how much it will be
  std::unique_ptr<HiddenFile> file = open_spool_file();
  FileAppender out(file->content(), 0);
  std::vector<std::byte> piece(kPiece);
  while (const size_t count = saved.body(piece)) {
    out.write(std::span(piece).first(count));
    if (progress) progress->advance(count);
  }
  if (progress) progress->expect(what, out.offset());
  return file;
}

}  // namespace

std::shared_ptr<const ImageSource> open_daemon_source(const SourceSpec& spec,
                                                      const Access& access) {
  const EngineEndpoint engine = find_engine(access);
  ask_engine(engine, access);
  try {
    HttpClient client(engine.connect(kPatience));
    const std::string name = find_image(client, engine, spec.reference);
    return open_spooled_archive(save_image(client, engine, name, access.progress), spec.str());
  } catch (const HttpError& error) {
    throw Error("reading " + quoted(spec.str()) + " out of the Docker engine: " + error.what());
  }
}

}  // namespace pack
