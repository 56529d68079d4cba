#pragma once

#include "rootfs/rootfs_builder.h"

namespace pack {

/// What every image has unless --bare: mount points for /dev, /proc and /sys, a /tmp for everyone,
/// and an /etc/passwd and /etc/group that know root and nobody. What is planned already stays.
void put_essentials(RootfsBuilder& builder);

}  // namespace pack
