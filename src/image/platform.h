#pragma once

#include <string>
#include <string_view>

namespace pack {

/// What an image runs on, in the words of Go's GOOS, GOARCH and GOARM
/// (OCI image-spec, image-index.md, "platform").
struct Platform {
  std::string os;            ///< "linux"
  std::string architecture;  ///< "amd64", "arm64", "arm", ...
  std::string variant;       ///< "v7"; empty where the architecture has none

  /// linux/arm/v7
  std::string str() const;
  bool operator==(const Platform&) const = default;
};

/// "linux/ARCH[/VARIANT]", brought to the spelling that Docker keeps: x86_64 is amd64, aarch64 and
/// arm64/v8 are arm64, arm and armhf are arm/v7. Throws UsageError for anything that is no
/// platform of Linux images. Source: containerd's platforms package (normalizeArch).
Platform parse_platform(std::string_view text);

}  // namespace pack
