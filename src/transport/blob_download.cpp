// A blob comes by GET; what is missing of it when the connection breaks off, by GET with a Range
// (RFC 9110, 14). A server may answer that with
//   206  and the part that was asked for: it follows what is there already;
//   200  and the whole: it cannot do ranges, so what is there already is read once more and
//   dropped; 416  the blob ends before the range: it is shorter than the manifest says.
// Each try goes to the registry again, for the URL of a storage host that it had led to may be good
// for a short time only.

#include "transport/blob_download.h"

#include <charconv>
#include <optional>
#include <utility>
#include <vector>

#include "base/error.h"
#include "transport/registry_paths.h"
#include "transport/resume_tries.h"

namespace pack {

namespace {

std::optional<uint64_t> number(std::string_view text) {
  uint64_t value = 0;
  const auto [end, error] = std::from_chars(text.data(), text.data() + text.size(), value);
  if (error != std::errc() || end != text.data() + text.size()) return std::nullopt;
  return value;
}

/// The first byte's place of "bytes 100-199/200" (RFC 9110, 14.4).
std::optional<uint64_t> range_start(std::string_view content_range) {
  constexpr std::string_view kUnit = "bytes ";
  const size_t dash = content_range.find('-');
  if (!content_range.starts_with(kUnit) || dash == content_range.npos) return std::nullopt;
  return number(content_range.substr(kUnit.size(), dash - kUnit.size()));
}

class BlobDownload {
 public:
  BlobDownload(std::shared_ptr<RegistrySession> session, Descriptor descriptor, uint64_t offset)
      : session_(std::move(session)), descriptor_(std::move(descriptor)), position_(offset) {}

  size_t read(std::span<std::byte> into) {
    if (position_ >= descriptor_.size || into.empty()) return 0;
    while (true) {
      try {
        if (!download_) connect();
        if (const size_t count = download_->body(into)) {
          position_ += count;
          if (position_ == descriptor_.size) end();
          return count;
        }
        throw HttpError("the body ends after " + std::to_string(position_) + " of " +
                        std::to_string(descriptor_.size) + " bytes");
      } catch (const HttpError& error) {
        download_.reset();
        if (!tries_.again(position_))
          throw Error(what() + " broke off" + tries_.without_progress() + ": " +
                      session_->without_secrets(error.what()) + "; try again later");
      }
    }
  }

 private:
  /// All is there. Its end is read, too, for that gives the connection back.
  void end() {
    std::byte more;
    size_t count = 0;
    try {
      count = download_->body(std::span(&more, 1));
    } catch (const HttpError&) {  // that is an end as well
    }
    download_.reset();
    if (count > 0)
      throw Error(what() + ": the registry sends more than the " +
                  std::to_string(descriptor_.size) + " bytes that its manifest says");
  }

  std::string what() const {
    return "reading " + descriptor_.digest.str() + " of " + full_name(session_->repository());
  }

  void connect() {
    RegistryRequest request{.target = blob_target(session_->repository(), descriptor_.digest),
                            .headers = {},
                            .body = {}};
    if (position_ > 0)
      request.headers.emplace_back("Range", "bytes=" + std::to_string(position_) + "-");
    download_.emplace(session_->download(request));
    const HttpResponse& response = download_->response;
    if (response.status == 206 && position_ > 0)
      require_start(header_value(response.headers, "Content-Range"));
    else if (response.status == 200)
      start_over(header_value(response.headers, "Content-Length"));
    else
      throw_refused(response);
  }

  void require_start(const std::string& content_range) const {
    if (range_start(content_range).value_or(position_) != position_)
      throw Error(what() + ": the registry sends " +
                  quoted(session_->without_secrets(content_range)) +
                  " when asked for the bytes from " + std::to_string(position_) + " on");
  }

  void start_over(const std::string& content_length) {
    const std::optional<uint64_t> length = number(content_length);
    if (length && *length != descriptor_.size)
      throw Error(what() + ": the registry has " + std::to_string(*length) +
                  " bytes of it, its manifest says " + std::to_string(descriptor_.size));
    std::vector<std::byte> dropped(64 * 1024);
    for (uint64_t left = position_; left > 0;) {
      const size_t wanted = std::min<uint64_t>(left, dropped.size());
      const size_t count = download_->body(std::span(dropped).first(wanted));
      if (count == 0) throw HttpError("the body ends early");
      left -= count;
    }
  }

  [[noreturn]] void throw_refused(const HttpResponse& response) const {
    if (response.status == 416)
      throw Error(what() + ": the registry has at most " + std::to_string(position_) +
                  " bytes of it, its manifest says " + std::to_string(descriptor_.size));
    if (is_nondistributable(descriptor_.media_type))
      throw Error(what() + ": the registry does not have this layer, whose type (" +
                  quoted(descriptor_.media_type) +
                  ") says that it must not be given on; pack does not fetch it from elsewhere");
    throw Error(what() + ": " + describe_failure(response));
  }

  std::shared_ptr<RegistrySession> session_;
  Descriptor descriptor_;
  uint64_t position_;
  ResumeTries tries_;
  std::optional<RegistrySession::Download> download_;
};

}  // namespace

ByteReader download_blob(std::shared_ptr<RegistrySession> session, const Descriptor& descriptor,
                         uint64_t offset) {
  const auto download = std::make_shared<BlobDownload>(std::move(session), descriptor, offset);
  return [download](std::span<std::byte> into) { return download->read(into); };
}

}  // namespace pack
