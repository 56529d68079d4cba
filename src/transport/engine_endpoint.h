#pragma once

#include <string>

#include "transport/access.h"
#include "transport/http.h"

namespace pack {

/// Where a Docker engine listens.
struct EngineEndpoint {
  std::string name;    ///< as in DOCKER_HOST, for messages: "unix:///var/run/docker.sock"
  Url root;            ///< its API is below; the host of a unix socket is "localhost"
  std::string socket;  ///< path of a unix socket; empty: root's host and port
  TlsTrust trust;      ///< where root is https

  HttpClient::Connect connect(const Patience& patience) const;
};

/// The engine that docker(1) would use: DOCKER_HOST (with DOCKER_TLS_VERIFY and DOCKER_CERT_PATH),
/// else the context of DOCKER_CONTEXT or of config.json, else the socket at its usual place.
/// Makes no connection. Throws Error for a context that is not there and for kinds of hosts that
/// pack cannot reach (ssh://, npipe://). Source: docs.docker.com/reference/cli/docker.
EngineEndpoint find_engine(const Access& access);

}  // namespace pack
