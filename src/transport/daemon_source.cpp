#include <algorithm>
#include <vector>

#include "base/error.h"
#include "base/output_file.h"
#include "transport/engine_api.h"
#include "transport/image_source.h"

namespace pack {

namespace {

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

void require_image(HttpClient& client, const EngineEndpoint& engine, const std::string& reference) {
  const HttpResponse response = client.send(about(engine, reference, "/json"), kAnswerLimit);
  if (response.status == 404)
    throw Error("the Docker engine at " + quoted(engine.name) + " has no image " +
                quoted(reference));
  if (response.status != 200)
    throw_engine_error(
        "asking the Docker engine at " + quoted(engine.name) + " for " + quoted(reference),
        response);
}

std::unique_ptr<HiddenFile> save_image(HttpClient& client, const EngineEndpoint& engine,
                                       const std::string& reference, Progress* progress) {
  HttpClient::Download saved = client.download(about(engine, reference, "/get"));
  if (saved.response.status != 200)
    throw Error("the Docker engine at " + quoted(engine.name) + " does not give away " +
                quoted(reference) + " (HTTP status " + std::to_string(saved.response.status) + ")");
  std::unique_ptr<HiddenFile> file = open_spool_file();
  FileAppender out(file->content(), 0);
  std::vector<std::byte> piece(kPiece);
  while (const size_t count = saved.body(piece)) {
    out.write(std::span(piece).first(count));
    if (progress) {
      progress->expect("reading " + reference + " out of the engine", count);
      progress->advance(count);
    }
  }
  return file;
}

}  // namespace

std::shared_ptr<const ImageSource> open_daemon_source(const SourceSpec& spec,
                                                      const Access& access) {
  const EngineEndpoint engine = find_engine(access);
  ask_engine(engine, access);
  try {
    HttpClient client(engine.connect(kPatience));
    require_image(client, engine, spec.reference);
    return open_spooled_archive(save_image(client, engine, spec.reference, access.progress),
                                spec.str());
  } catch (const HttpError& error) {
    throw Error("reading " + quoted(spec.str()) + " out of the Docker engine: " + error.what());
  }
}

}  // namespace pack
