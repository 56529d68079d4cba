#pragma once

#include <cstdint>
#include <memory>

#include "archive/decompress.h"
#include "image/manifest.h"
#include "transport/registry_session.h"

namespace pack {

/// The bytes of a blob from `offset` on, which a registry has in the session's repository. The
/// connection is made by the first read. A transfer that breaks off is taken up where it ended. Not
/// verified, except that there are as many bytes as the descriptor says. Throws Error when
/// the blob is not there, has another size, or the connection breaks off again and again.
ByteReader download_blob(std::shared_ptr<RegistrySession> session, const Descriptor& descriptor,
                         uint64_t offset);

}  // namespace pack
