#pragma once

#include <cstdint>
#include <optional>
#include <string>
#include <string_view>

#include "rootfs/rootfs.h"

namespace pack {

enum class AccountKind { user, group };

/// The number of a user or group in the image's own /etc/passwd or /etc/group, following symlinks
/// inside the image only; nothing when the name is not there.
std::optional<uint32_t> find_account(const FileTree& image, AccountKind kind,
                                     std::string_view name);

/// An owner as --chown takes it, UID[:GID], each a number or a name of the image; the group stays
/// nothing when it is not given. Throws Error for an unknown name, UsageError for a bad number.
struct Owner {
  uint32_t uid = 0;
  std::optional<uint32_t> gid;
};
Owner parse_owner(const FileTree& image, std::string_view text);

/// Checks the value of --user: every name in it is one of the image. Throws Error.
void require_accounts(const FileTree& image, std::string_view user);

}  // namespace pack
