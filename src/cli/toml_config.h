#pragma once

#include <memory>

namespace CLI {
class Config;
}

namespace pack {

/// Lets the parser read its --config file as TOML 1.0: each key is a long option's name without
/// dashes (`program` for PROGRAM). An array gives an option several times; a table gives a K=V
/// option its pairs: `env = {LANG = "C"}`.
std::shared_ptr<CLI::Config> toml_config();

}  // namespace pack
