#include "transport/archive_members.h"

#include "archive/tar.h"
#include "base/parallel.h"
#include "transport/blob_copy.h"

namespace pack {

namespace {

void write_blob(const Blob& blob, ByteSink& out) {
  out.write(member_header(blob_path(blob.descriptor.digest), blob.descriptor.size));
  copy_blob(blob, out);
  out.write(tar_zeroes(tar_padding(blob.descriptor.size)));
}

uint64_t member_size(const Descriptor& blob) {
  return member_header(blob_path(blob.digest), blob.size).size() + blob.size +
         tar_padding(blob.size);
}

}  // namespace

std::string member_header(const std::string& path, uint64_t size) {
  return tar_header(
      {.path = path, .mode = 0644, .size = size, .link_target = {}, .capabilities = {}});
}

std::string member(const std::string& path, const std::string& content) {
  std::string out = member_header(path, content.size()) + content;
  return out += tar_zeroes(tar_padding(content.size()));
}

void write_blobs(const std::vector<Blob>& blobs, ByteSink& out) {
  for (const Blob& blob : blobs) write_blob(blob, out);
}

uint64_t write_blobs_at(const std::vector<Blob>& blobs, const PositionedFile& file,
                        uint64_t offset) {
  std::vector<uint64_t> starts;
  for (const Blob& blob : blobs) {
    starts.push_back(offset);
    offset += member_size(blob.descriptor);
  }
  for_each_in_parallel(blobs.size(), kParallelBlobs, [&](size_t i) {
    FileAppender out(file, starts[i]);
    write_blob(blobs[i], out);
  });
  return offset;
}

}  // namespace pack
