#pragma once

#include <optional>
#include <set>
#include <string>

#include "transport/access.h"
#include "transport/http.h"
#include "transport/url.h"

namespace pack {

/// The way of one request from redirect to redirect (RFC 9110, 15.4). Where it leads is for the
/// caller to compare with where a login may be shown.
class RedirectPath {
 public:
  /// From https to plain http it goes only where `access` allows it.
  RedirectPath(std::string method, Url start, const Access& access);

  /// Where the request is to be sent now.
  const Url& url() const { return url_; }

  /// True when `response` sends the request elsewhere: url() is the new place. False for any other
  /// response, also for a redirect of another method than GET and HEAD that would not keep the
  /// method (only 307 and 308 do). Throws Error: more than 10, a circle, no or no usable Location,
  /// from https to plain http.
  bool follow(const HttpResponse& response);

 private:
  std::string method_;
  Url url_;
  bool plain_http_allowed_;
  std::set<std::string> visited_;
};

}  // namespace pack
