#pragma once

#include <string>

#include "transport/http.h"

namespace pack {

enum class HttpFraming { none, length, chunked };

/// How the request's body is sent.
HttpFraming framing_of(const HttpRequest& request);

/// Request line and headers, as sent. `target` is what the request line names. Throws Error for
/// what could be read as more than one header or line (RFC 7230, 9.4).
std::string request_head(const HttpRequest& request, const std::string& target);

}  // namespace pack
