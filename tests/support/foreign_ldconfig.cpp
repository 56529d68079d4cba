#include "support/foreign_ldconfig.h"

#include <stdlib.h>

#include "support/process.h"
#include "support/temp_dir.h"

namespace pack {
namespace fs = std::filesystem;
namespace {

fs::path cache_folder() {
  if (const char* cache = getenv("XDG_CACHE_HOME")) return fs::path(cache) / "pack-tests";
  const char* home = getenv("HOME");
  return fs::path(home ? home : "/var/tmp") / ".cache/pack-tests";
}

/// Debian 12 has no riscv64 yet; the cache's format is the same in both.
std::string release_of(const std::string& architecture) {
  return architecture == "riscv64" ? "trixie" : "bookworm";
}

/// apt's settings for one foreign architecture, with all its state in `folder`.
void write_settings(const fs::path& folder, const std::string& architecture) {
  const std::string place = folder.string();
  for (const char* part : {"lists/partial", "cache/archives/partial"})
    fs::create_directories(folder / part);
  write_file(folder / "sources.list",
             "deb [signed-by=/usr/share/keyrings/debian-archive-keyring.gpg arch=" + architecture +
                 "] http://deb.debian.org/debian " + release_of(architecture) + " main\n");
  write_file(folder / "apt.conf",
             "Dir::State \"" + place + "\";\nDir::State::lists \"" + place +
                 "/lists\";\nDir::State::status \"/dev/null\";\nDir::Cache \"" + place +
                 "/cache\";\nDir::Etc::sourcelist \"" + place +
                 "/sources.list\";\nDir::Etc::sourceparts \"-\";\n" +
                 "APT::Architectures { \"amd64\"; \"" + architecture +
                 "\"; };\nAPT::Sandbox::User \"root\";\n" +
                 "Acquire::Languages \"none\";\nAcquire::Retries \"2\";\n" +
                 "Acquire::http::Timeout \"10\";\n");
}

}  // namespace

std::optional<fs::path> foreign_ldconfig(const ForeignMachine& machine) {
  const std::string architecture = machine.architecture;
  if (architecture == "ppc64") return std::nullopt;  // a port, in no release
  const fs::path kept = cache_folder() / ("ldconfig-" + architecture);
  if (fs::exists(kept)) return kept;

  const TempDir folder;
  write_settings(folder.path(), architecture);
  const Outcome outcome =
      run({.argv = {"sh", "-ec",
                    "apt-get update && apt-get download libc-bin:" + architecture +
                        " && dpkg-deb -x libc-bin_*.deb unpacked"},
           .environment = {{"APT_CONFIG", (folder / "apt.conf").string()}},
           .folder = folder.path(),
           .timeout_seconds = 120});
  for (const char* place : {"unpacked/sbin/ldconfig", "unpacked/usr/sbin/ldconfig"}) {
    if (outcome.status != 0 || !fs::exists(folder / place)) continue;
    fs::create_directories(kept.parent_path());
    const fs::path beside = kept.string() + "." + folder.path().filename().string();
    fs::copy_file(folder / place, beside);
    fs::rename(beside, kept);  // whole, or not there: tests run side by side
    return kept;
  }
  return std::nullopt;
}

}  // namespace pack
