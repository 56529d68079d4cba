#include "cli/surroundings.h"

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

}  // namespace

Surroundings read_surroundings() {
  std::error_code failed;
  const std::filesystem::path here = std::filesystem::current_path(failed);
  if (failed) throw Error("the working directory cannot be told: " + failed.message());
  return {.working_dir = here.string(),
          .path = variable("PATH").value_or(std::string(kDefaultPath)),
          .ld_library_path = variable("LD_LIBRARY_PATH"),
          .source_date_epoch = variable("SOURCE_DATE_EPOCH")};
}

}  // namespace pack
