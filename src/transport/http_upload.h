#pragma once

#include <memory>
#include <span>

#include "base/bytes.h"
#include "transport/http.h"

namespace pack {

class HttpConnection;

/// A request whose body is written, where HttpClient would read it: chunked, over a connection of
/// its own. Destroyed before finish(), the server sees a request that was cut off.
class HttpUpload : public ByteSink {
 public:
  /// Sends the request's head; its body and stream are not looked at. Throws HttpError.
  HttpUpload(const HttpClient::Connect& connect, HttpRequest request);
  ~HttpUpload() override;

  /// Throws HttpError when the connection fails. What comes after a refusal is dropped.
  void write(std::span<const std::byte> bytes) override;
  using ByteSink::write;

  /// The server has answered already, with an error: the rest of the body is of no use.
  bool is_refused() const { return is_refused_; }

  /// Ends the body. The answer's is for reading as long as this lives.
  HttpClient::Download finish();

 private:
  std::shared_ptr<HttpConnection> connection_;
  bool is_refused_ = false;
};

}  // namespace pack
