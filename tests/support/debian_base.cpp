#include "support/debian_base.h"

#include <stdlib.h>
#include <unistd.h>

#include <stdexcept>

#include "support/process.h"
#include "support/require.h"

namespace pack {
namespace fs = std::filesystem;

std::optional<fs::path> debian_tar(const std::string& release) {
  const char* cache = getenv("XDG_CACHE_HOME");
  const char* home = getenv("HOME");
  const fs::path folder =
      (cache ? fs::path(cache) : fs::path(home ? home : "/var/tmp") / ".cache") / "pack-tests";
  const fs::path kept = folder / ("debian-" + release + ".tar");
  if (fs::exists(kept)) return kept;
  if (geteuid() != 0 || !on_path("mmdebstrap")) return std::nullopt;
  fs::create_directories(folder);
  const std::string beside = kept.string() + "." + std::to_string(getpid()) + ".tar";
  const Outcome made = run({.argv = {"mmdebstrap", "--quiet", "--variant=minbase", release, beside,
                                     "http://deb.debian.org/debian"},
                            .timeout_seconds = 280});
  if (made.status != 0) {
    fs::remove(beside);
    return std::nullopt;
  }
  fs::rename(beside, kept);  // whole, or not there: tests run side by side
  return kept;
}

void make_layout(const fs::path& folder, const std::string& name, const fs::path& tar,
                 const std::string& config) {
  const std::string script =
      "umoci init --layout \"$0\" && umoci new --image \"$0:base\" && "
      "umoci raw add-layer --image \"$0:base\" \"$1\" && umoci config --image \"$0:base\" " +
      config;
  const Outcome made = run({.argv = {"sh", "-ec", script, name, tar.string()},
                            .folder = folder,
                            .timeout_seconds = 120});
  if (made.status != 0) throw std::runtime_error("umoci: " + made.err);
}

}  // namespace pack
