#include "support/require.h"

#include <stdlib.h>
#include <unistd.h>

#include <sstream>

namespace pack {

bool on_path(const std::string& program) {
  const char* path = getenv("PATH");
  std::stringstream folders(std::string(path ? path : "") + ":/usr/sbin:/sbin");
  for (std::string folder; std::getline(folders, folder, ':');)
    if (access((folder + "/" + program).c_str(), X_OK) == 0) return true;
  return false;
}

bool in_ci() {
  const char* value = getenv("CI");
  return value && std::string(value) == "true";
}

}  // namespace pack
