#include "cli/surroundings.h"

#include <unistd.h>

#include <cstdlib>
#include <filesystem>

#include "base/error.h"
#include "pack.h"

namespace pack {

namespace {

std::optional<std::string> variable(const char* name) {
  const char* value = std::getenv(name);
  return value ? std::optional<std::string>(value) : std::nullopt;
}

std::map<std::string, std::string> all_variables() {
  std::map<std::string, std::string> out;
  for (char** entry = environ; entry && *entry; ++entry) {
    const std::string_view text = *entry;
    const size_t end = text.find('=');
    // As getenv() has it, the first of two counts.
    if (end != text.npos) out.emplace(text.substr(0, end), text.substr(end + 1));
  }
  return out;
}

}  // namespace

Surroundings read_surroundings() {
  std::error_code failed;
  const std::filesystem::path here = std::filesystem::current_path(failed);
  if (failed) throw Error("the working directory cannot be told: " + failed.message());
  return {.working_dir = here.string(),
          .path = variable("PATH").value_or(std::string(kDefaultPath)),
          .ld_library_path = variable("LD_LIBRARY_PATH"),
          .source_date_epoch = variable("SOURCE_DATE_EPOCH"),
          .environment = all_variables()};
}

}  // namespace pack
