#include "transport/registry_redirect.h"

#include "base/error.h"

namespace pack {

namespace {

constexpr size_t kMaxRedirects = 10;

bool is_redirect(const std::string& method, int status) {
  if (status == 307 || status == 308) return true;
  const bool only_reads = method == "GET" || method == "HEAD";
  return only_reads && (status == 301 || status == 302 || status == 303);
}

std::string identity(const Url& url) { return url.scheme + "://" + url.authority() + url.target; }

}  // namespace

RedirectPath::RedirectPath(std::string method, Url start, const Access& access)
    : method_(std::move(method)),
      url_(std::move(start)),
      plain_http_allowed_(access.insecure),
      visited_{identity(url_)} {}

bool RedirectPath::follow(const HttpResponse& response) {
  if (!is_redirect(method_, response.status)) return false;
  const std::string location = header_value(response.headers, "Location");
  if (location.empty())
    throw Error(url_.str() + " redirects to nowhere: its answer " +
                std::to_string(response.status) + " has no Location; ask the registry's operator");
  Url next;
  try {
    next = resolve_url(url_, location);
  } catch (const Error&) {  // its text may show a query, and that a signature
    throw Error(url_.str() +
                " redirects to what is no http or https address; ask the registry's "
                "operator");
  }
  if (url_.scheme == "https" && next.scheme == "http" && !plain_http_allowed_)
    throw Error(url_.str() + " redirects to plain http, to " + next.str() +
                "; use --insecure if that is no harm");
  if (!visited_.insert(identity(next)).second)
    throw Error(url_.str() + " redirects in a circle, back to " + next.str() +
                "; ask the registry's operator");
  if (visited_.size() > kMaxRedirects + 1)
    throw Error(next.str() + " is one redirect too many: pack follows " +
                std::to_string(kMaxRedirects) + "; ask the registry's operator");
  url_ = std::move(next);
  return true;
}

}  // namespace pack
