#include "rootfs/essentials.h"

namespace pack {

namespace {

constexpr const char* kPasswd =
    "root:x:0:0:root:/:/sbin/nologin\n"
    "nobody:x:65534:65534:nobody:/nonexistent:/sbin/nologin\n";
constexpr const char* kGroup =
    "root:x:0:\n"
    "nogroup:x:65534:\n"
    "nobody:x:65534:\n";

}  // namespace

void put_essentials(RootfsBuilder& builder) {
  const auto folder = [&](const char* path, uint32_t mode) {
    Entry entry;
    entry.mode = mode;
    builder.put(ImagePath(path), std::move(entry), RootfsBuilder::Claim::keep_first);
  };
  const auto file = [&](const char* path, const char* content) {
    Entry entry;
    entry.kind = EntryKind::file;
    entry.mode = 0644;
    entry.content = content;
    builder.put(ImagePath(path), std::move(entry), RootfsBuilder::Claim::keep_first);
  };
  folder("/dev", 0755);
  folder("/proc", 0755);
  folder("/sys", 0755);
  folder("/tmp", 01777);
  file("/etc/passwd", kPasswd);
  file("/etc/group", kGroup);
}

}  // namespace pack
