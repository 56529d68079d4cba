#include "transport/http_upload.h"

#include "transport/http_connection.h"

namespace pack {

HttpUpload::HttpUpload(const HttpClient::Connect& connect, HttpRequest request)
    : connection_(std::make_shared<HttpConnection>(connect(request.url))) {
  request.stream = [](std::span<std::byte>) -> size_t { return 0; };
  request.stream_size.reset();
  connection_->start(request);
  connection_->flush();
}

HttpUpload::~HttpUpload() = default;

void HttpUpload::write(std::span<const std::byte> bytes) {
  is_refused_ = is_refused_ || !connection_->write_body(bytes);
}

HttpClient::Download HttpUpload::finish() {
  if (!is_refused_) connection_->end_body();
  HttpResponse response = connection_->read_head();
  return {std::move(response), [connection = connection_](std::span<std::byte> into) {
            return connection->read_body(into);
          }};
}

}  // namespace pack
