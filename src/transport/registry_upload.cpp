#include "transport/registry_upload.h"

#include <charconv>
#include <utility>

#include "base/error.h"
#include "transport/registry_paths.h"
#include "transport/registry_retry.h"

namespace pack {

namespace {

constexpr std::pair<const char*, const char*> kBytes{"Content-Type", "application/octet-stream"};

std::optional<uint64_t> number(std::string_view text) {
  uint64_t value = 0;
  const auto [end, error] = std::from_chars(text.data(), text.data() + text.size(), value);
  if (error != std::errc() || end != text.data() + text.size()) return std::nullopt;
  return value;
}

/// The number of bytes that "0-99" or "bytes=0-99" tells of. With none there some servers say
/// "0-0", too, which would be one byte: so that tells nothing.
std::optional<uint64_t> stored_bytes(std::string_view range) {
  const size_t dash = range.rfind('-');
  if (dash == range.npos) return std::nullopt;
  const std::optional<uint64_t> last = number(range.substr(dash + 1));
  if (!last || *last == 0 || *last == UINT64_MAX) return std::nullopt;
  return *last + 1;
}

/// All of it, with the query: only for a request.
std::string text_of(const Url& url) { return url.scheme + "://" + url.authority() + url.target; }

bool is_success(int status) { return status >= 200 && status < 300; }

}  // namespace

RegistryUpload::Begun RegistryUpload::begin() { return begin(""); }

RegistryUpload::Begun RegistryUpload::begin_or_mount(const Digest& mounted,
                                                     const Repository& from) {
  return begin("?mount=" + url_encode(mounted.str()) + "&from=" + url_encode(from.name));
}

RegistryUpload::Begun RegistryUpload::begin(const std::string& query) {
  const std::string target = uploads_target(session_.repository()) + query;
  const HttpResponse response =
      session_.send({.method = "POST", .target = target, .headers = {}, .body = {}});
  const std::string place = full_name(session_.repository());
  if (response.status == 201) return Begun::mounted;
  if (!is_success(response.status))
    throw Error("pushing to " + place + ": " + describe_failure(response));
  if (header_value(response.headers, "Location").empty())
    throw Error("pushing to " + place +
                ": the registry does not say where to upload to (no Location in its answer)");
  location_ = text_of(resolve_url(session_.root(), target));
  take_location(response);
  accepted_ = 0;
  least_chunk_ = number(header_value(response.headers, "OCI-Chunk-Min-Length")).value_or(0);
  return Begun::upload;
}

RegistryUpload::Outcome RegistryUpload::put(const Descriptor& blob, const Bytes& bytes) {
  return judge(send({.method = "PUT",
                     .target = with_digest(blob.digest),
                     .headers = {kBytes},
                     .body = {},
                     .stream = bytes,
                     .stream_size = blob.size}));
}

RegistryUpload::Outcome RegistryUpload::stream(const Bytes& bytes) {
  return judge(send(
      {.method = "PATCH", .target = location_, .headers = {kBytes}, .body = {}, .stream = bytes}));
}

RegistryUpload::Outcome RegistryUpload::patch(uint64_t offset, uint64_t size, const Bytes& bytes) {
  const std::string range = std::to_string(offset) + "-" + std::to_string(offset + size - 1);
  const HttpResponse response = send({.method = "PATCH",
                                      .target = location_,
                                      .headers = {kBytes, {"Content-Range", range}},
                                      .body = {},
                                      .stream = bytes,
                                      .stream_size = size});
  const Outcome outcome = judge(response);
  if (outcome == Outcome::accepted)
    accepted_ = stored_bytes(header_value(response.headers, "Range")).value_or(offset + size);
  return outcome;
}

RegistryUpload::Outcome RegistryUpload::finish(const Digest& digest) {
  return judge(
      send({.method = "PUT", .target = with_digest(digest), .headers = {kBytes}, .body = {}}));
}

std::optional<uint64_t> RegistryUpload::stored() {
  if (!is_begun()) return std::nullopt;
  const HttpResponse response =
      session_.send({.method = "GET", .target = location_, .headers = {}, .body = {}});
  if (!is_success(response.status)) return std::nullopt;
  take_location(response);
  return stored_bytes(header_value(response.headers, "Range"));
}

void RegistryUpload::cancel() noexcept {
  if (!is_begun()) return;
  try {
    // Once: a registry that is in trouble forgets unfinished uploads by itself.
    session_.send({.method = "DELETE", .target = location_, .headers = {}, .body = {}},
                  RegistrySession::Retry::no);
  } catch (const std::exception&) {
  }
  location_.clear();
}

HttpResponse RegistryUpload::send(const RegistryRequest& request) {
  const auto retry = request.stream ? RegistrySession::Retry::no : RegistrySession::Retry::yes;
  HttpResponse response = session_.send(request, retry);
  if (is_passing_failure(response.status)) throw HttpBusy(response);
  take_location(response);
  return response;
}

void RegistryUpload::take_location(const HttpResponse& response) {
  if (response.status == 201) return location_.clear();  // it is a blob now
  const std::string location = header_value(response.headers, "Location");
  if (location.empty() || !is_success(response.status)) return;
  try {
    location_ = text_of(resolve_url(parse_url(location_), location));
  } catch (const Error&) {  // its text may show a query, and that a secret
    throw Error("pushing to " + full_name(session_.repository()) +
                ": the registry says to upload to what is no http or https address; ask its "
                "operator");
  }
}

RegistryUpload::Outcome RegistryUpload::judge(const HttpResponse& response) const {
  if (is_success(response.status)) return Outcome::accepted;
  if (response.status == 413) return Outcome::too_large;
  // BLOB_UPLOAD_UNKNOWN, BLOB_UPLOAD_INVALID: distribution's registry answers so, with 400 or 404.
  if (response.status == 416 || response.body.find("BLOB_UPLOAD_") != std::string::npos)
    return Outcome::out_of_step;
  throw Error("pushing to " + full_name(session_.repository()) + ": " + describe_failure(response));
}

std::string RegistryUpload::with_digest(const Digest& digest) const {
  const char separator = location_.find('?') == std::string::npos ? '?' : '&';
  return location_ + separator + "digest=" + url_encode(digest.str());
}

}  // namespace pack
