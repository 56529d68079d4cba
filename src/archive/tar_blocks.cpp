// What is looked at before libarchive sees a header.
//
// A member is one header block, perhaps behind blocks that extend it: a pax header ('x', records
// "LENGTH KEY=VALUE\n" that replace fields), or GNU's long name ('L') and long link target ('K').
// libarchive reads all of it, but generously: a size that is not a number is 0, one that is too
// large is the largest, records that it cannot read are passed over. Go's archive/tar, which every
// engine uses, does it otherwise, so one layer could be two different trees. What the two do not
// read alike is therefore refused here, and the strict reading decides where contents lie.
//
// Numbers are octal digits, or (first bit set) a big-endian two's complement number, GNU's
// base-256.

#include "archive/tar_blocks.h"

#include <algorithm>
#include <charconv>
#include <string_view>
#include <utility>

#include "archive/tar.h"
#include "base/error.h"

namespace pack {

namespace {

/// libarchive's own limit for one; the kernel lets no path and no xattr be larger than 64 KiB.
constexpr uint64_t kMostHeaderBytes = 1024 * 1024;

struct Field {
  size_t offset;
  size_t size;
  std::string_view name;
};
constexpr Field kMode{100, 8, "mode"};
constexpr Field kUid{108, 8, "owner"};
constexpr Field kGid{116, 8, "group"};
constexpr Field kSize{124, 12, "size"};
constexpr Field kTime{136, 12, "time"};
constexpr Field kChecksum{148, 8, "checksum"};
constexpr size_t kType = 156;
constexpr size_t kMoreSparseBlocks = 482;  // in a header of type 'S'; in the blocks behind it: 504
constexpr size_t kStillMoreSparseBlocks = 504;

class Blocks {
 public:
  Blocks(const SeekableBytes& archive, uint64_t offset) : archive_(archive), start_(offset) {}

  std::optional<TarBlocks> read() {
    if (!take_first_block()) return std::nullopt;
    for (char type = check_header(); extends(type); type = take_header()) read_extension();
    finish();
    return std::move(out_);
  }

 private:
  [[noreturn]] void fail(const std::string& what) const {
    throw Error("the tar archive is damaged at byte " + std::to_string(start_) + ": " + what);
  }

  uint64_t position() const { return start_ + out_.bytes.size(); }
  std::string_view header() const {
    return std::string_view(out_.bytes).substr(header_, kTarBlock);
  }

  /// False at the end: two zero blocks, or no more blocks at all, as all engines have it.
  bool take_first_block() {
    std::string blocks(2 * kTarBlock, '\0');
    blocks.resize(archive_.read_at(start_, std::as_writable_bytes(std::span(blocks))));
    if (blocks.empty()) return false;
    if (blocks.size() < kTarBlock) fail("it is cut off");
    const bool has_second = blocks.find_first_not_of('\0', kTarBlock) != blocks.npos;
    blocks.resize(kTarBlock);
    if (blocks.find_first_not_of('\0') == blocks.npos) {
      if (has_second) fail("a zero block between members");
      return false;
    }
    out_.bytes = std::move(blocks);
    return true;
  }

  /// The next `size` bytes go to out_.bytes.
  void take(uint64_t size) {
    const size_t before = out_.bytes.size();
    if (size > kMostHeaderBytes || before + size > kMostHeaderBytes)
      fail("its headers take more than " + std::to_string(kMostHeaderBytes) + " bytes");
    out_.bytes.resize(before + size);
    const auto room = std::as_writable_bytes(std::span(out_.bytes)).subspan(before);
    if (archive_.read_at(start_ + before, room) < size) fail("it is cut off");
  }

  /// One more header block. Returns its type.
  char take_header() {
    header_ = out_.bytes.size();
    take(kTarBlock);
    return check_header();
  }

  char check_header() {
    check_sum();
    for (const Field& field : {kMode, kUid, kGid})
      if (number(field) < 0) fail("a negative " + std::string(field.name));
    number(kTime);  // may be before 1970
    size_ = number(kSize);
    if (size_ < 0) fail("a negative size");
    return header()[kType];
  }

  void check_sum() const {
    int64_t sum = 0;
    for (size_t i = 0; i < kTarBlock; ++i) {
      const bool is_own = i >= kChecksum.offset && i < kChecksum.offset + kChecksum.size;
      sum += is_own ? ' ' : static_cast<unsigned char>(header()[i]);
    }
    std::string_view digits = header().substr(kChecksum.offset, kChecksum.size);
    digits.remove_prefix(std::min(digits.find_first_not_of(' '), digits.size()));
    int64_t said = -1;
    std::from_chars(digits.data(), digits.data() + digits.size(), said, 8);
    if (said != sum) fail("this is no header");
  }

  int64_t number(const Field& field) const {
    const std::string_view text = header().substr(field.offset, field.size);
    return static_cast<unsigned char>(text[0]) & 0x80 ? base256(text, field) : octal(text, field);
  }

  int64_t octal(std::string_view text, const Field& field) const {
    text.remove_prefix(std::min(text.find_first_not_of(' '), text.size()));
    const size_t end = std::min(text.find_first_not_of("01234567"), text.size());
    if (text.find_first_not_of(std::string_view(" \0", 2), end) != text.npos)
      fail("a " + std::string(field.name) + " that is no number");
    int64_t value = 0;
    for (const char digit : text.substr(0, end)) value = value * 8 + (digit - '0');
    return value;
  }

  /// At most 12 bytes; the bit that says base-256 is not part of the number.
  int64_t base256(std::string_view text, const Field& field) const {
    const bool is_negative = text[0] & 0x40;
    constexpr size_t kWhole = sizeof(int64_t);
    uint64_t value = is_negative ? ~uint64_t{0} : 0;
    for (size_t i = 0; i < text.size(); ++i) {
      const auto byte =
          static_cast<unsigned char>(i == 0 && !is_negative ? text[0] & 0x7f : text[i]);
      if (text.size() - i > kWhole && byte != (is_negative ? 0xff : 0)) too_large(field.name);
      value = value << 8 | byte;
    }
    if ((static_cast<int64_t>(value) < 0) != is_negative) too_large(field.name);
    return static_cast<int64_t>(value);
  }

  [[noreturn]] void too_large(std::string_view what) const {
    fail("its " + std::string(what) + " is too large a number");
  }

  static bool extends(char type) {
    return type == 'x' || type == 'X' || type == 'g' || type == 'L' || type == 'K';
  }

  void read_extension() {
    const char type = header()[kType];
    const auto size = static_cast<uint64_t>(size_);
    const size_t body = out_.bytes.size();
    take(size);
    if (type == 'x' || type == 'X') {
      once(has_pax_);
      read_records(std::string_view(out_.bytes).substr(body, size));
    } else if (type != 'g') {  // the global header is for no member: engines pass it over
      once(type == 'L' ? has_path_ : has_link_target_);
    }
    take(tar_padding(size));
  }

  void once(bool& is_there) const {
    if (is_there) fail("two extended headers say the same");
    is_there = true;
  }

  void read_records(std::string_view text) {
    while (!text.empty()) {
      uint64_t length = 0;
      const auto [end, error] = std::from_chars(text.data(), text.data() + text.size(), length);
      const auto digits = static_cast<size_t>(end - text.data());
      if (error != std::errc() || length > text.size() || length < digits + 2 ||
          text[digits] != ' ' || text[length - 1] != '\n')
        fail("a pax header that lies about its records");
      const std::string_view record = text.substr(digits + 1, length - digits - 2);
      const size_t equals = record.find('=');
      if (equals == record.npos || equals == 0) fail("a pax record without a name");
      read_record(record.substr(0, equals), record.substr(equals + 1));
      text.remove_prefix(length);
    }
  }

  void read_record(std::string_view key, std::string_view value) {
    if (key.find('\0') != key.npos) fail("a NUL in a name");
    if (key == "path" || key == "linkpath") {
      if (value.empty()) fail("an empty name");
      if (value.find('\0') != value.npos) fail("a NUL in a name");
      once(key == "path" ? has_path_ : has_link_target_);
    } else if (key == "size") {
      pax_size_ = decimal(key, value);
    } else if (key == "uid" || key == "gid") {
      decimal(key, value);
    } else if (key == "mtime") {
      check_time(value);
    } else if (key.starts_with("GNU.sparse.")) {
      out_.is_sparse = true;
    }
  }

  uint64_t decimal(std::string_view key, std::string_view value) const {
    int64_t number = 0;
    const char* const end = value.data() + value.size();
    const auto [stop, error] = std::from_chars(value.data(), end, number);
    if (error == std::errc::result_out_of_range) too_large(key);
    if (error != std::errc() || stop != end) fail("a " + std::string(key) + " that is no number");
    if (number < 0) fail("a negative " + std::string(key));
    return static_cast<uint64_t>(number);
  }

  /// "-1.5": seconds with a fraction.
  void check_time(std::string_view value) const {
    if (value.starts_with('-')) value.remove_prefix(1);
    const std::string_view seconds = value.substr(0, value.find('.'));
    decimal("mtime", seconds);
    value.remove_prefix(std::min(seconds.size() + 1, value.size()));
    if (value.find_first_not_of("0123456789") != value.npos) fail("a mtime that is no number");
  }

  void finish() {
    out_.type = header()[kType];
    if (out_.type == 'S') read_sparse_blocks();
    // Links, folders and devices have no content, whatever they say; but libarchive would look for
    // that of a hard link.
    const bool has_content = out_.type < '1' || out_.type > '6';
    const uint64_t size = pax_size_.value_or(static_cast<uint64_t>(size_));
    if (out_.type == '1' && size > 0) fail("a hard link with content");
    out_.size = has_content ? size : 0;
    out_.content = position();
    if (out_.content > archive_.size || out_.size > archive_.size - out_.content)
      fail("a member of " + std::to_string(out_.size) + " bytes is cut off");
    out_.next_header = out_.content + out_.size + tar_padding(out_.size);
  }

  /// Old GNU tar's: the map goes on in blocks behind the header.
  void read_sparse_blocks() {
    out_.is_sparse = true;
    bool has_more = header()[kMoreSparseBlocks] != 0;
    while (has_more) {
      take(kTarBlock);
      has_more = out_.bytes[out_.bytes.size() - kTarBlock + kStillMoreSparseBlocks] != 0;
    }
  }

  const SeekableBytes& archive_;
  const uint64_t start_;
  TarBlocks out_;
  size_t header_ = 0;  // of out_.bytes, the header block read last
  int64_t size_ = 0;   // what that says
  std::optional<uint64_t> pax_size_;
  bool has_pax_ = false;
  bool has_path_ = false;
  bool has_link_target_ = false;
};

}  // namespace

std::optional<TarBlocks> read_tar_blocks(const SeekableBytes& archive, uint64_t offset) {
  return Blocks(archive, offset).read();
}

TarMember::Kind tar_kind(char type) {
  switch (type) {
    case '\0':
    case '0':
    case '7':  // "contiguous", a regular file to all
    case 'S':
      return TarMember::Kind::regular;
    case '1':
      return TarMember::Kind::hard_link;
    case '2':
      return TarMember::Kind::symlink;
    case '3':
      return TarMember::Kind::character_device;
    case '4':
      return TarMember::Kind::block_device;
    case '5':
      return TarMember::Kind::directory;
    case '6':
      return TarMember::Kind::fifo;
    default:
      return TarMember::Kind::other;
  }
}

}  // namespace pack
