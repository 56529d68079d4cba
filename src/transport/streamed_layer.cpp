// The digest of a layer, which a registry wants to know at last, is known only when the layer is
// compressed to its end; and the time for sending it should not come on top of the time for making
// it. So the layer goes two ways at once: into a temporary file, and from there, by a thread that
// waits at the file's present end, into one PATCH of unknown length, which is all an upload needs
// to begin. When the layer is complete, a PUT gives the upload its digest.
//
// That is the fast way, not the sure one: when anything on it breaks off, the temporary file has
// everything, and the layer is pushed from there as any other blob is. So it is, too, where the
// repository has images already: one of them may have this very layer, and then nothing is to be
// sent.

#include "transport/streamed_layer.h"

#include <utility>

#include "base/error.h"
#include "transport/registry_push.h"

namespace pack {

StreamedLayer::StreamedLayer(RegistrySession& session, LayerForm form, Progress* progress)
    : session_(session), progress_(progress), compressor_(file_, form), upload_(session) {}

StreamedLayer::~StreamedLayer() {
  file_.abandon();
  join();
  upload_.cancel();
}

void StreamedLayer::append(std::span<const std::byte> bytes) {
  if (!thread_.joinable()) thread_ = std::thread([this] { upload(); });
  rethrow();
  compressor_.append(bytes);
}

Descriptor StreamedLayer::finish() {
  descriptor_ = compressor_.finish();
  file_.complete();
  return descriptor_;
}

void StreamedLayer::push() {
  join();
  rethrow();
  if (finish_upload()) return;
  upload_.cancel();
  const Blob blob{.descriptor = descriptor_,
                  .open = [this](uint64_t offset) { return file_.reader(offset); },
                  .repository = {}};
  push_blob(session_, blob, progress_);
}

/// False when the layer is still to be sent.
bool StreamedLayer::finish_upload() {
  if (!is_streamed_) return false;
  if (has_blob(session_, descriptor_)) {
    upload_.cancel();
    return true;
  }
  try {
    return upload_.finish(descriptor_.digest) == RegistryUpload::Outcome::accepted;
  } catch (const Error&) {
    return false;  // whatever it was: when it lasts, the next way ends in it, too
  }
}

void StreamedLayer::upload() noexcept {
  try {
    if (!is_new(session_)) return;
    upload_.begin();
  } catch (...) {
    const std::lock_guard lock(mutex_);
    refused_ = std::current_exception();
    return;
  }
  try {
    is_streamed_ =
        upload_.stream([this] { return file_.reader(0); }) == RegistryUpload::Outcome::accepted;
  } catch (const std::exception&) {
    // It broke off, or the server takes no body of unknown length.
  }
}

void StreamedLayer::join() noexcept {
  if (thread_.joinable()) thread_.join();
}

void StreamedLayer::rethrow() {
  const std::lock_guard lock(mutex_);
  if (refused_) std::rethrow_exception(refused_);
}

}  // namespace pack
