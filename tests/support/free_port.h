#pragma once

#include <netinet/in.h>

#include <cstdint>

namespace pack {

/// 127.0.0.1:PORT.
sockaddr_in loopback(uint16_t port);

/// A TCP port of 127.0.0.1 that nobody listens on at this moment.
uint16_t free_port();

/// True when somebody listens on that port of 127.0.0.1.
bool is_listening(uint16_t port);

}  // namespace pack
