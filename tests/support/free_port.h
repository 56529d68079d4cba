#pragma once

#include <cstdint>

namespace pack {

/// A TCP port of 127.0.0.1 that nobody listens on at this moment.
uint16_t free_port();

/// True when somebody listens on that port of 127.0.0.1.
bool is_listening(uint16_t port);

}  // namespace pack
