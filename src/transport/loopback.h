#pragma once

#include <string>

namespace pack {

/// `host` (a name, or an address without brackets) can only mean this machine: plain http to it
/// passes no wire. By its spelling; no name is looked up.
bool is_loopback(const std::string& host);

}  // namespace pack
