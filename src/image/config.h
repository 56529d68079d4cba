#pragma once

#include <cstdint>
#include <map>
#include <set>
#include <string>
#include <string_view>
#include <vector>

#include "base/digest.h"
#include "image/platform.h"

namespace pack {

/// The PATH of a container whose image sets none (Docker's, containerd's and Podman's).
inline constexpr std::string_view kDefaultPath =
    "/usr/local/sbin:/usr/local/bin:/usr/sbin:/usr/bin:/sbin:/bin";

/// How one layer (or, with empty_layer, only the config) came to be.
struct History {
  std::string created;  ///< RFC 3339
  std::string created_by;
  std::string author;
  std::string comment;
  bool empty_layer = false;
};

/// An image's config (OCI image-spec, config.md). What is empty is left out of the JSON. The
/// values of `user` to `stop_signal` are those that image/config_fields.h returns.
struct ImageConfig {
  std::string created;  ///< RFC 3339, see rfc3339()
  std::string author;
  Platform platform;

  std::string user;
  std::set<std::string> exposed_ports;  ///< "8080/tcp"
  std::vector<std::string> env;         ///< "K=V"
  std::vector<std::string> entrypoint;
  std::vector<std::string> cmd;
  std::set<std::string> volumes;
  std::string working_dir;
  std::map<std::string, std::string> labels;
  std::string stop_signal;
  /// Members of "config" that pack has no use for (Healthcheck, Shell, OnBuild, ...): name to JSON.
  std::map<std::string, std::string> other = {};

  std::vector<Digest> diff_ids;  ///< of the layers' uncompressed tars, lowest layer first
  std::vector<History> history;  ///< lowest first
};

/// The config blob: compact JSON, the same bytes for the same value. Throws UsageError for text
/// that is not UTF-8 or holds NUL and for more than 4 MiB, Error for more than 125 layers or more
/// non-empty history entries than layers (no engine takes those).
std::string to_json(const ImageConfig& config);

/// From a config blob that anybody may have written; null members count as absent. Throws Error as
/// parse_manifest() does, and when architecture, os or rootfs are missing or of the wrong type.
ImageConfig parse_config(std::string_view json);

/// What is wrong with a config blob by the OCI image-spec and by what engines refuse, a sentence
/// each: empty when nothing is. For `pack verify`; takes any text.
std::vector<std::string> config_faults(std::string_view json);

/// A moment, in seconds since 1970, as image metadata writes it: 1970-01-01T00:00:00Z.
/// Throws UsageError outside of the years 1 to 9999.
std::string rfc3339(std::int64_t seconds);

/// A moment that exists (RFC 3339, 5.6 and 5.7, without leap seconds): engines refuse to load an
/// image with another one.
bool is_rfc3339(std::string_view text);

}  // namespace pack
