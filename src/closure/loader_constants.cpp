// glibc keeps its default directories as one string, system_dirs in elf/dl-load.c:
//     "/lib/x86_64-linux-gnu/\0/usr/lib/x86_64-linux-gnu/\0/lib/\0/usr/lib/\0"
// No symbol leads there in a stripped loader, but the shape is unmistakable: a run of absolute
// paths, each ending in '/' and a NUL, each with a component that starts with "lib". $LIB
// (DL_DST_LIB) stands elsewhere as a string of its own, and makes one of those directories when
// "/" is put before it.

#include "closure/loader_constants.h"

#include <algorithm>
#include <cstdlib>

namespace pack {

namespace {

bool is_system_directory(std::string_view text) {
  const auto plain = [](unsigned char c) { return c > ' ' && c < 0x7f; };
  return text.size() > 2 && text.front() == '/' && text.back() == '/' &&
         text.find("/lib") != text.npos && text.find("//") == text.npos &&
         std::all_of(text.begin(), text.end(), plain);
}

/// The string at `offset`, without its NUL; at most kLongest bytes of one that has no end.
std::string_view string_at(std::string_view bytes, size_t offset) {
  constexpr size_t kLongest = 4096;
  const std::string_view rest = bytes.substr(offset, kLongest);
  return rest.substr(0, rest.find('\0'));
}

/// No glibc has so many: a longer run is another table, or a file made to waste time.
constexpr size_t kMostDirectories = 16;

/// The longest believable run of system directories in the file. Every string is looked at once.
std::vector<std::string> find_directories(std::string_view bytes) {
  std::vector<std::string> best;
  size_t floor = 0;  // all before it has been looked at
  while (true) {
    // Each of them holds "/lib", which is rare: jump there, and back to where its string starts.
    const size_t hit = bytes.find("/lib", floor);
    if (hit == bytes.npos) return best;
    size_t start = hit;
    while (start > floor && bytes[start - 1] != '\0') --start;
    std::vector<std::string> run;
    std::string_view text = string_at(bytes, start);
    while (is_system_directory(text)) {
      run.emplace_back(text.substr(0, text.size() - 1));
      start += text.size() + 1;
      text = string_at(bytes, std::min(start, bytes.size()));
    }
    floor = std::max(hit + 1, run.empty() ? start + text.size() : start);
    if (run.size() > best.size() && run.size() <= kMostDirectories) best = std::move(run);
  }
}

/// The text stands in the bytes as a string of its own.
bool has_string(std::string_view bytes, std::string_view text) {
  // Not searched with its NULs: ld.so is full of those, and the search would stop at each.
  for (size_t at = bytes.find(text); at != bytes.npos; at = bytes.find(text, at + 1)) {
    const size_t end = at + text.size();
    if (at > 0 && bytes[at - 1] == '\0' && end < bytes.size() && bytes[end] == '\0') return true;
  }
  return false;
}

std::string find_lib(std::string_view bytes, const std::vector<std::string>& directories) {
  for (const std::string& directory : directories) {
    std::string text = directory.substr(directory.find("/lib") + 1);
    if (has_string(bytes, text)) return text;
  }
  const std::string& first = directories.front();
  return first.substr(first.find("/lib") + 1);
}

std::vector<std::string> platforms_of(uint16_t machine) {
  switch (machine) {
    case 3:
      return {"i686", "i586", "i386"};  // EM_386
    case 20:
      return {"ppc"};  // EM_PPC
    case 21:
      return {"power8", "power9", "power10"};  // EM_PPC64
    case 22:
      return {"z900", "z13", "z14", "z15"};  // EM_S390
    case 40:
      return {"v7l", "v6l", "v8l"};  // EM_ARM
    case 62:
      return {"x86_64", "haswell", "xeon_phi"};  // EM_X86_64
    case 183:
      return {"aarch64"};  // EM_AARCH64
    case 243:
      return {"riscv"};  // EM_RISCV
    default:
      return {""};
  }
}

/// `ld.so --help` lists them for its CPU ("Legacy HWCAP subdirectories").
std::vector<LegacyPart> legacy_parts_of(const ElfMachine& machine) {
  const LegacyPart tls{{"tls"}, true};
  switch (machine.number) {
    case 3:  // EM_386
      return {tls, {{"i686", "i586", "i486", "i386"}}, {{"sse2"}}};
    case 20:  // EM_PPC
    case 21:  // EM_PPC64
      return {tls, {{"power10", "power9", "power8", "power7"}}, {{"altivec"}}, {{"dfp"}}};
    case 22:  // EM_S390
      return {tls,        {{"z16", "z15", "z14", "z13"}},
              {{"vxe2"}}, {{"vxe"}},
              {{"vx"}},   {{"dfp"}},
              {{"eimm"}}, {{"ldisp"}},
              {{"zarch"}}};
    case 40:  // EM_ARM
      return {tls, {{"v8l", "v7l", "v6l"}}, {{"neon"}}, {{"vfp"}}};
    case 62:  // EM_X86_64
      return {tls, {{"haswell", "xeon_phi"}}, {{"avx512_1"}}, {{"x86_64"}, true}};
    case 183:  // EM_AARCH64
      return {tls, {{"aarch64"}, true}, {{"atomics"}}};
    default:
      return {tls};
  }
}

/// glibc 2.37 no longer searches them. Loaders say their version since 2.33; "2.36." is its form.
bool has_legacy_folders(std::string_view ld_so) {
  constexpr std::string_view kBanner = "stable release version 2.";
  const size_t at = ld_so.find(kBanner);
  if (at == ld_so.npos) return !ld_so.empty();
  constexpr int kFirstWithout = 37;
  return std::atoi(std::string(ld_so.substr(at + kBanner.size(), 3)).c_str()) < kFirstWithout;
}

}  // namespace

LoaderConstants loader_constants(std::string_view ld_so, const ElfMachine& machine) {
  LoaderConstants out{.default_directories = find_directories(ld_so),
                      .lib = {},
                      .platforms = platforms_of(machine.number),
                      .legacy_parts = {}};
  if (has_legacy_folders(ld_so)) out.legacy_parts = legacy_parts_of(machine);
  if (!out.default_directories.empty()) {
    out.lib = find_lib(ld_so, out.default_directories);
  } else if (machine.elf_class == ElfClass::elf64) {
    out.default_directories = {"/lib64", "/usr/lib64", "/lib", "/usr/lib"};
    out.lib = "lib64";
  } else {
    out.default_directories = {"/lib", "/usr/lib"};
    out.lib = "lib";
  }
  return out;
}

}  // namespace pack
