#pragma once

#include <string>
#include <string_view>
#include <vector>

#include "base/progress.h"
#include "transport/image_content.h"
#include "transport/registry_session.h"

namespace pack {

/// True when the registry says that it has the blob. For any thread.
bool has_blob(RegistrySession& session, const Descriptor& blob);

/// True when `name`, a tag or a digest, is this manifest or index there already.
bool has_document(RegistrySession& session, const Descriptor& document, std::string_view name);

/// True when the registry says that the repository has no tags, or is not there: no blob of
/// another image is to be expected in it.
bool is_new(RegistrySession& session);

/// The blob is in the session's repository afterwards: it was there, or is mounted from
/// blob.repository, or is sent. A transfer that breaks off is taken up again. `progress` may be
/// null. Throws Error.
void push_blob(RegistrySession& session, const Blob& blob, Progress* progress);

/// All of them, several at once, each as push_blob() does. After an error no thread runs.
void push_blobs(RegistrySession& session, const std::vector<Blob>& blobs, Progress* progress);

/// Puts a manifest or index under a tag or its own digest. All that it names must be there.
/// Throws Error, also when the registry says that it took something else.
void push_document(RegistrySession& session, const Document& document, std::string_view name);

}  // namespace pack
