// Every dynamic ELF file of this machine against its own loader: the files it maps and their order
// must be equal. The loaders run in trace mode, which maps but starts nothing.

#include <elf.h>
#include <gtest/gtest.h>

#include <algorithm>
#include <atomic>
#include <cstring>
#include <fstream>
#include <thread>

#include "closure/closure.h"
#include "source/disk_tree.h"
#include "support/loader_trace.h"
#include "support/require.h"

namespace pack::test {
namespace {

namespace fs = std::filesystem;
using Texts = std::vector<std::string>;

constexpr const char* kLoader = "/lib64/ld-linux-x86-64.so.2";

/// What decides how a file is asked for; read with <elf.h>, not with the code under test.
struct Kind {
  bool elf = false;  ///< a program or library, of little-endian byte order
  uint16_t type = 0;
  uint16_t machine = 0;
  bool dynamic = false;
  std::string interpreter = {};
};

template <class Header, class Segment>
Kind kind_of(std::ifstream& file) {
  Header header = {};
  file.seekg(0).read(reinterpret_cast<char*>(&header), sizeof header);
  std::vector<Segment> segments(header.e_phentsize == sizeof(Segment) ? header.e_phnum : 0);
  file.seekg(static_cast<std::streamoff>(header.e_phoff))
      .read(reinterpret_cast<char*>(segments.data()),
            static_cast<std::streamsize>(segments.size() * sizeof(Segment)));
  Kind kind{.elf = header.e_type == ET_EXEC || header.e_type == ET_DYN,
            .type = header.e_type,
            .machine = header.e_machine};
  for (const Segment& segment : segments) {
    kind.dynamic = kind.dynamic || segment.p_type == PT_DYNAMIC;
    if (segment.p_type != PT_INTERP || segment.p_filesz > 4096) continue;
    kind.interpreter.resize(segment.p_filesz);
    file.seekg(static_cast<std::streamoff>(segment.p_offset))
        .read(kind.interpreter.data(), static_cast<std::streamsize>(kind.interpreter.size()));
    kind.interpreter = kind.interpreter.c_str();  // up to its NUL
  }
  kind.elf = kind.elf && file;
  return kind;
}

Kind kind_of(const fs::path& path) {
  std::ifstream file(path, std::ios::binary);
  char ident[EI_NIDENT] = {};
  file.read(ident, sizeof ident);
  if (!file || std::memcmp(ident, ELFMAG, SELFMAG) != 0 || ident[EI_DATA] != ELFDATA2LSB) return {};
  return ident[EI_CLASS] == ELFCLASS64 ? kind_of<Elf64_Ehdr, Elf64_Phdr>(file)
                                       : kind_of<Elf32_Ehdr, Elf32_Phdr>(file);
}

struct Subject {
  std::string path;  ///< canonical
  Kind kind;
};

std::vector<Subject> elf_files_below(const std::vector<fs::path>& folders) {
  std::vector<Subject> found;
  for (const fs::path& folder : folders) {
    if (!fs::is_directory(folder)) continue;
    for (const auto& entry : fs::recursive_directory_iterator(folder)) {
      if (entry.is_symlink() || !entry.is_regular_file()) continue;
      // Of a program split in two this half has the headers, but nothing that they describe.
      if (entry.path().extension() == ".debug") continue;
      Kind kind = kind_of(entry.path());
      if (kind.elf) found.push_back({entry.path().string(), std::move(kind)});
    }
  }
  std::sort(found.begin(), found.end(),
            [](const Subject& a, const Subject& b) { return a.path < b.path; });
  return found;
}

/// The same question to all subjects' loaders, on every processor.
std::vector<LoaderTrace> ask_loaders(const std::vector<Subject>& subjects) {
  std::vector<LoaderTrace> traces(subjects.size());
  std::atomic<size_t> next = 0;
  const auto work = [&] {
    for (size_t i = next++; i < subjects.size(); i = next++) {
      const std::string& own = subjects[i].kind.interpreter;
      traces[i] = trace_loader({own.empty() ? kLoader : own}, subjects[i].path);
    }
  };
  std::vector<std::jthread> threads;
  for (unsigned i = 0; i < std::max(2U, std::thread::hardware_concurrency()); ++i)
    threads.emplace_back(work);
  threads.clear();
  return traces;
}

/// find_closure()'s answer, as the loader would print it; an error's text alone where it throws.
Texts by_pack(ElfCache& elves, const std::string& path, Subjects subjects) {
  static const auto tree = open_disk_tree("/");
  Closure closure;
  try {
    closure = find_closure(*tree, elves, {.programs = {path}, .subjects = subjects});
  } catch (const Error& error) {
    return {error.what()};
  }
  const Process& process = closure.processes.front();
  const bool asked = std::any_of(process.edges.begin(), process.edges.end(), [&](const Edge& edge) {
    return edge.to == process.interpreter && edge.rule != SearchRule::interpreter;
  });
  Texts found;
  for (size_t i = 1; i < process.objects.size(); ++i)
    if ((asked || i != process.interpreter) && process.objects[i].hwcaps_level.empty())
      found.push_back(process.objects[i].walk->real.str());
  for (const Unresolved& missing : process.unresolved) found.push_back('!' + missing.name);
  return found;
}

/// Which variant of a library a loader takes depends on the CPU; pack lists all of them.
bool has_variants() {
  for (const char* folder : {"/usr/lib/x86_64-linux-gnu", "/usr/local/lib", "/usr/lib"})
    if (fs::exists(fs::path(folder) / "glibc-hwcaps")) return true;
  return false;
}

void expect_equal(const std::vector<Subject>& subjects, Subjects kind) {
  const std::vector<LoaderTrace> traces = ask_loaders(subjects);
  ElfCache elves;
  size_t with_libraries = 0;
  for (size_t i = 0; i < subjects.size(); ++i) {
    const Texts expected = missing_last(real_files(traces[i].files));
    with_libraries += expected.size() > 1;
    EXPECT_EQ(by_pack(elves, subjects[i].path, kind), expected) << subjects[i].path << "\n"
                                                                << traces[i].error;
  }
  EXPECT_GT(with_libraries, subjects.size() / 2) << "the loaders answered";
}

class WholeMachine : public ::testing::Test {
 protected:
  void SetUp() override {
    PACK_REQUIRE(fs::exists(kLoader), "a glibc for amd64");
    PACK_REQUIRE(!has_variants(), "a machine without libraries for better CPUs");
  }
};

TEST_F(WholeMachine, ProgramsLoadWhatTheirLoaderSays) {
  std::vector<Subject> programs =
      elf_files_below({"/usr/bin", "/usr/sbin", "/usr/lib", "/usr/lib32", "/usr/libexec"});
  // The kernel starts only those whose interpreter is there; musl's has another question.
  std::erase_if(programs, [](const Subject& it) {
    return it.kind.interpreter.empty() || !fs::exists(it.kind.interpreter) ||
           it.kind.interpreter.find("musl") != std::string::npos;
  });
  EXPECT_GT(programs.size(), 100U);
  expect_equal(programs, Subjects::programs);
}

/// Started through ld.so, a program would take $ORIGIN from its symlink's folder (a fault of that
/// oracle, as ldd shows with /usr/bin/java): these are started by the kernel, which tells the real
/// path. The variable makes their loader stop before any of their code.
TEST_F(WholeMachine, ProgramsBehindSymlinksLoadWhatTheirLoaderSays) {
  ElfCache elves;
  size_t compared = 0;
  for (const char* folder : {"/usr/bin", "/usr/sbin"}) {
    for (const auto& entry : fs::directory_iterator(folder)) {
      if (!entry.is_symlink() || !entry.is_regular_file()) continue;
      const auto gains_rights = fs::perms::set_uid | fs::perms::set_gid;
      const Kind kind = kind_of(entry.path());
      if (kind.interpreter != kLoader ||
          (entry.status().permissions() & gains_rights) != fs::perms{})
        continue;
      const LoaderTrace trace = trace_loader({}, entry.path().string());
      EXPECT_EQ(by_pack(elves, entry.path().string(), Subjects::programs),
                missing_last(real_files(trace.files)))
          << entry.path() << "\n"
          << trace.error;
      ++compared;
    }
  }
  EXPECT_GT(compared, 10U);
}

TEST_F(WholeMachine, ProgramsWhoseInterpreterIsMissingAreSaid) {
  ElfCache elves;
  for (const Subject& it : elf_files_below({"/usr/bin", "/usr/sbin", "/usr/lib", "/usr/libexec"})) {
    if (it.kind.interpreter.empty() || fs::exists(it.kind.interpreter)) continue;
    const Texts found = by_pack(elves, it.path, Subjects::programs);
    EXPECT_NE(std::find(found.begin(), found.end(), '!' + it.kind.interpreter), found.end())
        << it.path;
  }
}

TEST_F(WholeMachine, StaticProgramsAreAlone) {
  ElfCache elves;
  for (const Subject& it : elf_files_below({"/usr/bin", "/usr/sbin", "/usr/lib", "/usr/libexec"})) {
    if (it.kind.type != ET_EXEC || !it.kind.interpreter.empty() || it.kind.dynamic) continue;
    EXPECT_EQ(by_pack(elves, it.path, Subjects::programs), Texts()) << it.path;
  }
}

TEST_F(WholeMachine, LibrariesLoadWhatTheLoaderSays) {
  std::vector<Subject> libraries = elf_files_below({"/usr/lib"});
  std::erase_if(libraries, [](const Subject& it) {
    return !it.kind.interpreter.empty() || it.kind.type != ET_DYN || !it.kind.dynamic ||
           it.kind.machine != EM_X86_64;
  });
  EXPECT_GT(libraries.size(), 100U);
  expect_equal(libraries, Subjects::programs_and_libraries);
}

}  // namespace
}  // namespace pack::test
