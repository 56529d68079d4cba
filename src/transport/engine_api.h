#pragma once

#include <string>

#include "image/platform.h"
#include "transport/access.h"
#include "transport/engine_endpoint.h"
#include "transport/http.h"

namespace pack {

/// What an engine says of itself.
struct EngineFacts {
  Platform platform;
  bool takes_zstd = false;  ///< as compression of layers
};

/// Throws Error when nothing answers there, or no Docker engine. `access` is for the advice.
EngineFacts ask_engine(const EngineEndpoint& engine, const Access& access);

/// Works through the answer to POST /images/load (docs.docker.com/reference/api/engine, "Import
/// images"). Throws Error unless it says that an image was loaded.
void require_loaded(HttpClient::Download answer, const EngineEndpoint& engine);

/// Throws Error with the engine's own message; `what` is the beginning of the sentence.
[[noreturn]] void throw_engine_error(const std::string& what, const HttpResponse& response);

}  // namespace pack
