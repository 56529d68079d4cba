#pragma once

#include <exception>
#include <memory>
#include <mutex>
#include <span>
#include <thread>

#include "base/progress.h"
#include "transport/compressed_layer.h"
#include "transport/growing_file.h"
#include "transport/registry_session.h"
#include "transport/registry_upload.h"

namespace pack {

/// A new layer on its way to a registry: compressed and sent while it is being made; the .cpp says
/// how. Destroyed before push(), the upload is cancelled. Its thread begins with the first byte
/// and ends with push().
class StreamedLayer {
 public:
  /// `session` lives longer; `progress` may be null.
  StreamedLayer(RegistrySession& session, LayerForm form, Progress* progress);
  ~StreamedLayer();
  StreamedLayer(const StreamedLayer&) = delete;
  StreamedLayer& operator=(const StreamedLayer&) = delete;

  /// The next bytes of the layer's tar. Throws Error when the registry has refused the upload.
  void append(std::span<const std::byte> bytes);

  /// The layer is complete: what the registry will have. Once, before push().
  Descriptor finish();

  /// The registry has it. Throws Error.
  void push();

 private:
  void upload() noexcept;
  void join() noexcept;
  void rethrow();
  bool finish_upload();

  RegistrySession& session_;
  Progress* progress_;
  GrowingFile file_;
  LayerCompressor compressor_;
  Descriptor descriptor_;
  RegistryUpload upload_;
  std::mutex mutex_;
  std::exception_ptr refused_;
  bool is_streamed_ = false;  // the thread's, until it is joined
  std::thread thread_;
};

}  // namespace pack
