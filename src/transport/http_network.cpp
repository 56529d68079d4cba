#include "base/error.h"
#include "transport/http.h"
#include "transport/http_connection.h"
#include "transport/http_proxy.h"

namespace pack {

namespace {

TlsTrust trust_of(const Access& access) {
  TlsTrust trust;
  trust.ca_file = access.tls_ca;
  trust.system_ca_file = access.variable("SSL_CERT_FILE");
  trust.system_ca_folder = access.variable("SSL_CERT_DIR");
  trust.unverified = access.insecure;
  return trust;
}

/// Failures of the network are worth another try; TlsError is not.
template <typename Function>
std::unique_ptr<Connection> on_network(Function function) {
  try {
    return function();
  } catch (const TlsError&) {
    throw;
  } catch (const UnreachableError& error) {
    throw HttpUnreachable(error.what());
  } catch (const Error& error) {
    throw HttpError(error.what());
  }
}

std::unique_ptr<Connection> secure(std::unique_ptr<Connection> raw, const Url& url,
                                   const TlsTrust& trust) {
  return on_network([&] { return start_tls(std::move(raw), url.host, trust); });
}

/// A connection to the proxy behind which `authority` is heard.
std::unique_ptr<Connection> open_tunnel(HttpRoute to_proxy, const HttpProxy& proxy,
                                        const std::string& authority) {
  to_proxy.proxy_authorization = proxy.authorization;
  HttpConnection connection(std::move(to_proxy));
  connection.start_tunnel(authority);
  connection.end_body();
  const int status = connection.read_head().status;
  if (status / 100 == 2) return connection.release();
  const std::string what = "the proxy " + quoted(proxy.url.authority()) + " does not connect to " +
                           quoted(authority) + " (HTTP status " + std::to_string(status) + ")";
  if (status == 407)
    throw Error(what + ": it wants a user name and a password, as in http://USER:PASSWORD@HOST");
  if (status >= 500) throw HttpError(what);
  throw Error(what + "; name what needs no proxy in NO_PROXY");
}

std::unique_ptr<Connection> connect_straight(const Url& url, const TlsTrust& trust) {
  auto raw = on_network([&] { return connect_tcp(url.host, url.port, Patience{}); });
  return url.scheme == "https" ? secure(std::move(raw), url, trust) : std::move(raw);
}

HttpRoute connect_by_proxy(const Url& url, const HttpProxy& proxy, const TlsTrust& trust) {
  HttpRoute route(connect_straight(proxy.url, trust));
  if (url.scheme == "http") {
    route.target = HttpRoute::Target::whole_url;
    route.proxy_authorization = proxy.authorization;
    return route;
  }
  const std::string name = url.host.find(':') == url.host.npos ? url.host : '[' + url.host + ']';
  auto tunnel = open_tunnel(std::move(route), proxy, name + ':' + std::to_string(url.port));
  return secure(std::move(tunnel), url, trust);
}

}  // namespace

HttpClient::Connect connect_to_network(const Access& access) {
  return [access, trust = trust_of(access)](const Url& url) {
    const std::optional<HttpProxy> proxy = proxy_for(url, access);
    return proxy ? connect_by_proxy(url, *proxy, trust) : HttpRoute(connect_straight(url, trust));
  };
}

}  // namespace pack
