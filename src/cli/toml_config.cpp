#include "cli/toml_config.h"

// Names in C++ source need no compiled library.
#define TOML_HEADER_ONLY 1
#include <toml++/toml.h>

#include <CLI/CLI.hpp>
#include <nlohmann/json.hpp>
#include <sstream>

#include "base/error.h"

namespace pack {

namespace {

std::string text_of(const toml::node& node, const std::string& key) {
  if (const auto text = node.value<std::string>()) return *text;
  if (const auto flag = node.value_exact<bool>()) return *flag ? "true" : "false";
  if (const auto number = node.value_exact<int64_t>()) return std::to_string(*number);
  if (node.is_date_time()) {
    std::ostringstream text;
    text << *node.as_date_time();
    return text.str();
  }
  throw UsageError("--config: the value of " + quoted(key) +
                   " is neither text, number nor true/false");
}

std::vector<std::string> inputs_of(const toml::node& node, const std::string& key) {
  std::vector<std::string> inputs;
  if (const toml::array* array = node.as_array()) {
    for (const toml::node& element : *array) inputs.push_back(text_of(element, key));
  } else if (const toml::table* table = node.as_table()) {
    for (const auto& [name, value] : *table)
      inputs.push_back(std::string(name.str()) + '=' + text_of(value, key));
  } else {
    inputs.push_back(text_of(node, key));
  }
  return inputs;
}

class TomlConfig : public CLI::Config {
 public:
  /// Writing a config file is not offered.
  std::string to_config(const CLI::App*, bool, bool, std::string) const override { return {}; }

  std::vector<CLI::ConfigItem> from_config(std::istream& input) const override {
    std::vector<CLI::ConfigItem> found;
    try {
      const toml::table table = toml::parse(input);
      for (const auto& [key, value] : table) {
        CLI::ConfigItem item;
        item.name = key.str() == "program" ? "PROGRAM" : std::string(key.str());
        const bool is_command = item.name == "cmd" || item.name == "entrypoint";
        if (is_command && value.is_array()) {
          // One option, whose value is a list of words.
          item.inputs = {nlohmann::json(inputs_of(value, item.name)).dump()};
        } else {
          item.inputs = inputs_of(value, item.name);
        }
        found.push_back(std::move(item));
      }
    } catch (const toml::parse_error& error) {
      std::ostringstream where;
      where << error.source().begin;
      throw UsageError("--config: " + std::string(error.description()) + " (" + where.str() + ")");
    }
    return found;
  }
};

}  // namespace

std::shared_ptr<CLI::Config> toml_config() { return std::make_shared<TomlConfig>(); }

}  // namespace pack
