#include "transport/loopback.h"

#include <arpa/inet.h>
#include <netinet/in.h>

namespace pack {

bool is_loopback(const std::string& host) {
  // As an address, not as a text that begins alike: 127.0.0.1.example.org is somebody else's.
  in_addr v4{};
  if (::inet_pton(AF_INET, host.c_str(), &v4) == 1) return ntohl(v4.s_addr) >> 24 == 127;
  in6_addr v6{};
  if (::inet_pton(AF_INET6, host.c_str(), &v6) == 1) return IN6_IS_ADDR_LOOPBACK(&v6);
  return host == "localhost";
}

}  // namespace pack
