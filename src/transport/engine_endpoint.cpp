#include "transport/engine_endpoint.h"

#include <unistd.h>

#include <fstream>
#include <iterator>
#include <nlohmann/json.hpp>

#include "base/digest.h"
#include "base/error.h"

namespace pack {

namespace {

using Json = nlohmann::json;

constexpr const char* kUsualSocket = "/var/run/docker.sock";
constexpr std::string_view kUsualContext = "default";

/// Files of one folder: certificate authority, certificate and key.
struct TlsFolder {
  std::string path;  ///< empty: the engine speaks no TLS
  bool is_verified = true;
};

std::string if_there(const std::string& path) {
  return ::access(path.c_str(), F_OK) == 0 ? path : "";
}

/// As docker(1): what is not in the folder is not used.
TlsTrust trust_of(const TlsFolder& folder) {
  TlsTrust trust;
  trust.unverified = !folder.is_verified;
  trust.ca_file = if_there(folder.path + "/ca.pem");
  if (!trust.ca_file.empty()) trust.authorities = TlsTrust::Authorities::only;
  trust.client_certificate = if_there(folder.path + "/cert.pem");
  if (!trust.client_certificate.empty()) trust.client_key = folder.path + "/key.pem";
  return trust;
}

[[noreturn]] void refuse(const std::string& host, const std::string& why) {
  throw Error("the Docker engine at " + quoted(host) + " cannot be reached: " + why);
}

EngineEndpoint tcp_endpoint(const std::string& host, const std::string& rest,
                            const TlsFolder& tls) {
  EngineEndpoint endpoint{.name = host, .root = {}, .socket = {}, .trust = {}};
  const bool is_secure = !tls.path.empty() || host.starts_with("https://");
  try {
    endpoint.root = parse_url((is_secure ? "https://" : "http://") + rest);
  } catch (const Error& error) {
    refuse(host, error.what());
  }
  // parse_url() gives the usual ports of http; engines have their own.
  const bool has_port = endpoint.root.port != (is_secure ? 443 : 80) ||
                        rest.find(is_secure ? ":443" : ":80") != rest.npos;
  if (!has_port && host.starts_with("tcp://")) endpoint.root.port = is_secure ? 2376 : 2375;
  if (is_secure) endpoint.trust = trust_of(tls);
  return endpoint;
}

EngineEndpoint parse_host(const std::string& host, const TlsFolder& tls) {
  const size_t end = host.find("://");
  const std::string scheme = end == host.npos ? "tcp" : host.substr(0, end);
  const std::string rest = end == host.npos ? host : host.substr(end + 3);
  if (scheme == "unix")
    return {.name = host,
            .root = parse_url("http://localhost/"),
            .socket = rest.empty() ? kUsualSocket : rest,
            .trust = {}};
  if (scheme == "tcp" || scheme == "http" || scheme == "https")
    return tcp_endpoint(end == host.npos ? "tcp://" + host : host,
                        rest.empty() ? "localhost" : rest, tls);
  if (scheme == "ssh")
    refuse(host,
           "pack does not speak ssh; forward the engine's socket with ssh -L "
           "/tmp/docker.sock:/var/run/docker.sock and set "
           "DOCKER_HOST=unix:///tmp/docker.sock");
  refuse(host, "pack knows unix:// and tcp://");
}

/// The JSON object in a file; an empty one when there is no file.
Json read_json(const std::string& path) {
  std::ifstream in(path, std::ios::binary);
  if (!in) return Json::object();
  const std::string text{std::istreambuf_iterator<char>(in), {}};
  Json json = Json::parse(text, nullptr, false);
  if (!json.is_object()) throw Error("reading " + quoted(path) + ": it is no JSON object");
  return json;
}

/// A member that is text; empty when it is not there or something else.
std::string text_member(const Json& json, const char* name) {
  const auto found = json.find(name);
  return found != json.end() && found->is_string() ? found->get<std::string>() : std::string();
}

Json object_member(const Json& json, const char* name) {
  const auto found = json.find(name);
  return found != json.end() && found->is_object() ? *found : Json::object();
}

std::string config_folder(const Access& access) {
  const std::string chosen = access.variable("DOCKER_CONFIG");
  return chosen.empty() ? access.variable("HOME") + "/.docker" : chosen;
}

EngineEndpoint context_endpoint(const std::string& context, const std::string& folder) {
  const std::string name = sha256(context).hex();
  const std::string path = folder + "/contexts/meta/" + name + "/meta.json";
  const Json meta = read_json(path);
  const Json endpoint = object_member(object_member(meta, "Endpoints"), "docker");
  const std::string host = text_member(endpoint, "Host");
  if (host.empty())
    throw Error("the Docker context " + quoted(context) + " names no engine in " + quoted(path) +
                "; choose another with DOCKER_CONTEXT, or set DOCKER_HOST");
  TlsFolder tls{.path = if_there(folder + "/contexts/tls/" + name + "/docker")};
  const auto skip = endpoint.find("SkipTLSVerify");
  tls.is_verified = skip == endpoint.end() || *skip != true;
  return parse_host(host, tls);
}

std::string current_context(const Access& access, const std::string& folder) {
  const std::string chosen = access.variable("DOCKER_CONTEXT");
  return chosen.empty() ? text_member(read_json(folder + "/config.json"), "currentContext")
                        : chosen;
}

}  // namespace

HttpClient::Connect EngineEndpoint::connect(const Patience& patience) const {
  return [endpoint = *this, patience](const Url&) -> HttpRoute {
    try {
      if (!endpoint.socket.empty()) return connect_unix(endpoint.socket, patience);
      auto raw = connect_tcp(endpoint.root.host, endpoint.root.port, patience);
      if (endpoint.root.scheme == "http") return raw;
      return start_tls(std::move(raw), endpoint.root.host, endpoint.trust);
    } catch (const Error& error) {
      throw HttpError(error.what());
    }
  };
}

EngineEndpoint find_engine(const Access& access) {
  const std::string folder = config_folder(access);
  if (const std::string host = access.variable("DOCKER_HOST"); !host.empty()) {
    TlsFolder tls;
    if (!access.variable("DOCKER_TLS_VERIFY").empty()) {
      tls.path = access.variable("DOCKER_CERT_PATH");
      if (tls.path.empty()) tls.path = folder;
    }
    return parse_host(host, tls);
  }
  const std::string context = current_context(access, folder);
  return context.empty() || context == kUsualContext
             ? parse_host(std::string("unix://") + kUsualSocket, {})
             : context_endpoint(context, folder);
}

}  // namespace pack
