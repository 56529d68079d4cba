#pragma once

#include "image/config.h"

namespace pack {

/// The config of an image that adds one layer to `base`: what `own` sets wins, as in a Dockerfile.
/// Env is merged by name; ports, volumes and labels are joined; an Entrypoint of one's own clears
/// the base's Cmd; members that pack does not know stay the base's. `own.history` is appended to
/// the base's; diff_ids are the base's; created and author are own's; the platform is own's where
/// set.
ImageConfig inherit_config(const ImageConfig& base, const ImageConfig& own);

}  // namespace pack
