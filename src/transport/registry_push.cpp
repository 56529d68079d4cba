// How a blob gets into a repository, cheapest way first: it is there (HEAD); it is in another
// repository of this registry and is mounted; it is uploaded.
//
// An upload sends everything in one PUT, which every registry takes. Only where the server finds
// that too large (413, mostly a proxy in front of the registry), the blob goes in chunks, smaller
// ones until they pass. When a transfer breaks off, the registry is asked how much it has (GET at
// the upload's Location); the rest follows as a PATCH, or, when it cannot tell, all of it in a new
// upload.

#include "transport/registry_push.h"

#include <algorithm>
#include <atomic>
#include <memory>
#include <nlohmann/json.hpp>

#include "base/error.h"
#include "base/parallel.h"
#include "image/untrusted_json.h"
#include "transport/registry_paths.h"
#include "transport/registry_retry.h"
#include "transport/registry_upload.h"
#include "transport/resume_tries.h"

namespace pack {

namespace {

using Json = nlohmann::json;

constexpr size_t kAtOnce = 4;  // as docker and containerd do by default
constexpr uint64_t kFirstChunk = 16 * 1024 * 1024;
constexpr uint64_t kLastChunk = 256 * 1024;

/// Another part of the same push has failed, and that is the error to tell.
class Stopped : public Error {
 public:
  Stopped() : Error("the push is given up, because another part of it failed") {}
};

/// Counts what passes through a reader; bytes that are sent again count once.
class Meter {
 public:
  Meter(const Blob& blob, Progress* progress, const std::atomic<bool>& stop)
      : progress_(progress), stop_(stop) {
    if (progress_)
      progress_->expect("pushing " + blob.descriptor.digest.str(), blob.descriptor.size);
  }

  ByteReader metered(ByteReader reader, uint64_t position) {
    return [this, reader = std::move(reader), position](std::span<std::byte> into) mutable {
      if (stop_) throw Stopped();
      const size_t count = reader(into);
      position += count;
      reach(position);
      return count;
    };
  }

  void reach(uint64_t position) {
    if (position <= reached_) return;
    if (progress_) progress_->advance(position - reached_);
    reached_ = position;
  }

 private:
  Progress* progress_;
  const std::atomic<bool>& stop_;
  uint64_t reached_ = 0;
};

/// `reader` up to a number of bytes.
ByteReader limited(ByteReader reader, uint64_t left) {
  return [reader = std::move(reader), left](std::span<std::byte> into) mutable -> size_t {
    const size_t count = reader(into.first(std::min<uint64_t>(into.size(), left)));
    left -= count;
    return count;
  };
}

/// The upload of one blob to its end, however often it breaks off.
class PersistentUpload {
 public:
  PersistentUpload(RegistrySession& session, const Blob& blob, Progress* progress,
                   const std::atomic<bool>& stop)
      : session_(session), blob_(blob), upload_(session), meter_(blob, progress, stop) {}

  void run() {
    try {
      while (!try_once()) {
        if (!tries_.again(offset_, wanted_pause_)) throw Error(given_up());
        wanted_pause_.reset();
        // Perhaps only the answer was lost.
        if (has_blob(session_, blob_.descriptor)) break;
        find_offset();
      }
      meter_.reach(blob_.descriptor.size);
    } catch (...) {
      upload_.cancel();
      throw;
    }
  }

 private:
  bool is_mountable() const {
    return blob_.repository && blob_.repository->domain == session_.repository().domain &&
           blob_.repository->name != session_.repository().name;
  }

  RegistryUpload::Begun begin() {
    if (!is_mountable()) return upload_.begin();
    try {
      return upload_.begin_or_mount(blob_.descriptor.digest, *blob_.repository);
    } catch (const Error&) {
      // Who may push here need not have the right to read there.
      return upload_.begin();
    }
  }

  /// False when it broke off.
  bool try_once() {
    try {
      if (!upload_.is_begun()) {
        offset_ = 0;
        if (begin() == RegistryUpload::Begun::mounted) return true;
      }
      return chunk_ == 0 && offset_ == 0 ? send_whole() : send_rest();
    } catch (const HttpBusy& error) {
      wanted_pause_ = error.wanted_pause();
      return fail(error.what());
    } catch (const HttpError& error) {
      return fail(error.what());
    }
  }

  bool send_whole() {
    const auto outcome = upload_.put(blob_.descriptor, [this] {
      return meter_.metered(
          verified(blob_.open(0), blob_.descriptor, blob_.descriptor.digest.str()), 0);
    });
    if (outcome == RegistryUpload::Outcome::too_large) {
      shrink_chunk();
      return send_rest();
    }
    return is_accepted(outcome);
  }

  bool send_rest() {
    const uint64_t size = blob_.descriptor.size;
    while (offset_ < size) {
      const uint64_t count = std::min(size - offset_, chunk_ == 0 ? size : chunk_);
      const auto outcome = upload_.patch(offset_, count, [this, count] {
        return meter_.metered(limited(blob_.open(offset_), count), offset_);
      });
      if (outcome == RegistryUpload::Outcome::too_large) {
        shrink_chunk();
        continue;
      }
      if (!is_accepted(outcome)) return false;
      const uint64_t before = offset_;
      offset_ = std::min(upload_.accepted(), size);
      if (offset_ <= before) return fail("the registry keeps nothing of what it is sent");
    }
    return is_accepted(upload_.finish(blob_.descriptor.digest));
  }

  bool is_accepted(RegistryUpload::Outcome outcome) {
    if (outcome == RegistryUpload::Outcome::accepted) return true;
    return fail("the registry has lost what it was sent");
  }

  bool fail(std::string why) {
    failure_ = std::move(why);
    return false;
  }

  void shrink_chunk() {
    if (chunk_ > 0 && chunk_ <= std::max(kLastChunk, upload_.least_chunk()))
      throw Error("pushing " + blob_.descriptor.digest.str() + " to " +
                  full_name(session_.repository()) + ": the server refuses even parts of " +
                  std::to_string(chunk_) + " bytes as too large (413); raise its limit");
    const uint64_t refused = chunk_ == 0 ? blob_.descriptor.size : chunk_;
    chunk_ = std::clamp(refused / 2, kLastChunk, kFirstChunk);
    chunk_ = std::max(chunk_, upload_.least_chunk());
  }

  /// Where the upload goes on; it begins anew when the registry cannot tell.
  void find_offset() {
    std::optional<uint64_t> stored;
    try {
      stored = upload_.stored();
    } catch (const HttpError&) {  // nor does it answer now
    }
    if (stored && *stored <= blob_.descriptor.size) {
      offset_ = *stored;
    } else {
      upload_.cancel();
      offset_ = 0;
    }
  }

  std::string given_up() const {
    return "pushing " + blob_.descriptor.digest.str() + " to " + full_name(session_.repository()) +
           " failed" + tries_.without_progress() + ": " + failure_ + "; " + advice(wanted_pause_);
  }

  RegistrySession& session_;
  const Blob& blob_;
  RegistryUpload upload_;
  Meter meter_;
  ResumeTries tries_;
  uint64_t offset_ = 0;  // bytes that the registry has
  uint64_t chunk_ = 0;   // 0: all at once
  std::string failure_;
  std::optional<std::chrono::seconds> wanted_pause_;  // by the server, before the next try
};

void push(RegistrySession& session, const Blob& blob, Progress* progress,
          const std::atomic<bool>& stop) {
  if (!has_blob(session, blob.descriptor)) PersistentUpload(session, blob, progress, stop).run();
}

}  // namespace

bool has_blob(RegistrySession& session, const Descriptor& blob) {
  const HttpResponse response =
      session.send({.method = "HEAD",
                    .target = blob_target(session.repository(), blob.digest),
                    .headers = {},
                    .body = {}});
  return response.status == 200;
}

bool has_document(RegistrySession& session, const Descriptor& document, std::string_view name) {
  const HttpResponse response = session.send({.method = "HEAD",
                                              .target = manifest_target(session.repository(), name),
                                              .headers = {{"Accept", document.media_type}},
                                              .body = {}});
  return response.status == 200 &&
         header_value(response.headers, "Docker-Content-Digest") == document.digest.str();
}

bool is_new(RegistrySession& session) try {
  const HttpResponse response =
      session.send({.target = tags_target(session.repository()), .headers = {}, .body = {}});
  if (response.status == 404) return true;
  if (response.status != 200 || !json_fault(response.body).empty()) return false;
  const Json json = Json::parse(response.body);
  const auto tags = json.find("tags");
  return tags != json.end() && (tags->is_null() || (tags->is_array() && tags->empty()));
} catch (const Error&) {
  return false;  // who may push need not have the right to ask this
}

void push_blob(RegistrySession& session, const Blob& blob, Progress* progress) {
  const std::atomic<bool> never = false;
  push(session, blob, progress, never);
}

void push_blobs(RegistrySession& session, const std::vector<Blob>& blobs, Progress* progress) {
  std::atomic<bool> stop = false;
  for_each_in_parallel(blobs.size(), kAtOnce, [&](size_t i) {
    try {
      if (!stop) push(session, blobs[i], progress, stop);
    } catch (const Stopped&) {
    } catch (...) {
      stop = true;
      throw;
    }
  });
}

void push_document(RegistrySession& session, const Document& document, std::string_view name) {
  const HttpResponse response =
      session.send({.method = "PUT",
                    .target = manifest_target(session.repository(), name),
                    .headers = {{"Content-Type", document.descriptor.media_type}},
                    .body = document.text});
  const std::string what =
      "pushing the manifest of " + full_name(session.repository()) + ":" + std::string(name);
  if (response.status < 200 || response.status > 299)
    throw Error(what + ": " + describe_failure(response));
  const std::string stored = header_value(response.headers, "Docker-Content-Digest");
  if (stored.starts_with("sha256:") && stored != document.descriptor.digest.str())
    throw Error(what + ": the registry says that it took " +
                quoted(session.without_secrets(stored)) + " instead of " +
                document.descriptor.digest.str());
}

}  // namespace pack
