#include "support/bare_root.h"

#include <unistd.h>

#include <fstream>
#include <sstream>
#include <stdexcept>

#include "support/temp_dir.h"

namespace pack {
namespace fs = std::filesystem;
namespace {

constexpr const char* kLoader = "/lib64/ld-linux-x86-64.so.2";

/// chroot(1) with an environment: ROOT COUNT NAME=VALUE... PROGRAM ARGUMENT...
const std::string kChroot =
    "import os, sys\n"
    "root, count, rest = sys.argv[1], int(sys.argv[2]), sys.argv[3:]\n"
    "os.chroot(root)\n"
    "os.chdir(\"/\")\n"
    "variables = dict(text.split(\"=\", 1) for text in rest[:count])\n"
    "os.execve(rest[count], rest[count:], variables)\n";

}  // namespace

Outcome run_in_root(const fs::path& root, const std::vector<std::string>& argv, Proc proc,
                    const std::vector<std::string>& environment) {
  Command command;
  command.argv = {"unshare", "--mount"};
  if (geteuid() != 0) command.argv.push_back("--map-root-user");
  std::string script = "exec env -i PATH=/bin:/usr/bin ";
  // chroot(1) would obey LD_TRACE_LOADED_OBJECTS itself.
  script += environment.empty() ? "/usr/sbin/chroot \"$0\" \"$@\""
                                : "python3 -c '" + kChroot + "' \"$0\" \"$@\"";
  if (proc == Proc::mounted) script = "mount --rbind /proc \"$0/proc\" && " + script;
  command.argv.insert(command.argv.end(), {"sh", "-c", script, root.string()});
  if (!environment.empty()) command.argv.push_back(std::to_string(environment.size()));
  command.argv.insert(command.argv.end(), environment.begin(), environment.end());
  command.argv.insert(command.argv.end(), argv.begin(), argv.end());
  return run(command);
}

std::set<std::string> loaded_on_host(const fs::path& program, const std::string& library_path) {
  Command command;
  command.argv = {kLoader, fs::canonical(program).string()};
  command.environment = {{"LD_TRACE_LOADED_OBJECTS", "1"}, {"LD_LIBRARY_PATH", std::nullopt}};
  if (!library_path.empty()) command.environment["LD_LIBRARY_PATH"] = library_path;
  const Outcome outcome = run(command);
  if (outcome.status != 0 || outcome.out.find("not found") != std::string::npos)
    throw std::runtime_error("the loader cannot load " + program.string() + ": " + outcome.out +
                             outcome.err);
  std::set<std::string> files = {fs::canonical(program).string(), fs::canonical(kLoader).string()};
  std::istringstream lines(outcome.out);
  for (std::string line; std::getline(lines, line);) {
    // "\tlibc.so.6 => /lib/x86_64-linux-gnu/libc.so.6 (0x...)" or "\t/abs/lib.so (0x...)"
    const size_t start = line.find('/');
    const size_t arrow = line.find("=> /");
    const size_t path = arrow == std::string::npos ? start : arrow + 3;
    if (path == std::string::npos) continue;  // linux-vdso.so.1, which is no file
    files.insert(fs::canonical(line.substr(path, line.rfind(" (") - path)).string());
  }
  return files;
}

std::set<std::string> elf_files_in(const fs::path& root) {
  std::set<std::string> files;
  for (const fs::directory_entry& entry : fs::recursive_directory_iterator(root)) {
    if (entry.is_symlink() || !entry.is_regular_file()) continue;
    char magic[4] = {};
    std::ifstream(entry.path(), std::ios::binary).read(magic, 4);
    if (std::string(magic, 4) ==
        "\x7f"
        "ELF")
      files.insert("/" + entry.path().lexically_relative(root).string());
  }
  return files;
}

void make_sysroot(const fs::path& root) {
  for (const char* folder : {"usr/bin", "usr/lib/x86_64-linux-gnu", "usr/lib64", "proc", "etc"})
    fs::create_directories(root / folder);
  write_symlink(root / "bin", "usr/bin");
  write_symlink(root / "lib", "usr/lib");
  write_symlink(root / "lib64", "usr/lib64");
  fs::copy_file(fs::canonical(kLoader), root / "usr/lib64/ld-linux-x86-64.so.2");
  fs::copy_file(fs::canonical("/lib/x86_64-linux-gnu/libc.so.6"),
                root / "usr/lib/x86_64-linux-gnu/libc.so.6");
}

}  // namespace pack
