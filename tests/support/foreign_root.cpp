#include "support/foreign_root.h"

#include <fcntl.h>
#include <linux/openat2.h>
#include <sys/syscall.h>
#include <unistd.h>

#include <sstream>
#include <stdexcept>

#include "support/bare_root.h"
#include "support/loader_trace.h"
#include "support/require.h"
#include "support/temp_dir.h"

namespace pack {
namespace fs = std::filesystem;
namespace {

constexpr const char* kEmulator = "/.emulator";

/// Where Debian's cross packages have the machine's C library.
fs::path cross_libraries(const ForeignMachine& machine) {
  return fs::path("/usr") / machine.triplet / "lib";
}

}  // namespace

std::ostream& operator<<(std::ostream& stream, const ForeignMachine& machine) {
  return stream << machine.architecture;
}

std::vector<ForeignMachine> foreign_machines() {
  return {
      {"arm64", "arm64", "aarch64-linux-gnu", "qemu-aarch64-static", "/lib/ld-linux-aarch64.so.1"},
      {"armhf", "arm", "arm-linux-gnueabihf", "qemu-arm-static", "/lib/ld-linux-armhf.so.3"},
      {"riscv64", "riscv64", "riscv64-linux-gnu", "qemu-riscv64-static",
       "/lib/ld-linux-riscv64-lp64d.so.1"},
      {"s390x", "s390x", "s390x-linux-gnu", "qemu-s390x-static", "/lib/ld64.so.1"},
      {"ppc64", "ppc64", "powerpc64-linux-gnu", "qemu-ppc64-static", "/lib64/ld64.so.1"},
  };
}

ForeignMachine native_machine() {
  return {"amd64", "amd64", "x86_64-linux-gnu", "", "/lib64/ld-linux-x86-64.so.2"};
}

bool is_installed(const ForeignMachine& machine) {
  return on_path(std::string(machine.triplet) + "-gcc") && on_path(machine.qemu) &&
         fs::exists(cross_libraries(machine) / "libc.so.6");
}

ForeignRoot::ForeignRoot(const ForeignMachine& machine, fs::path root)
    : machine_(machine), root_(std::move(root)) {
  for (const char* folder : {"usr/bin", "usr/lib", "usr/lib64", "proc", "etc"})
    fs::create_directories(root_ / folder);
  for (const char* name : {"bin", "lib", "lib64"})
    write_symlink(root_ / name, std::string("usr/") + name);
  fs::create_directories(at(library_folder()));
  const std::string loader = fs::path(machine_.interpreter).filename();
  for (const std::string& name : {loader, std::string("libc.so.6"), std::string("libm.so.6")})
    fs::copy_file(cross_libraries(machine_) / name, at(library_folder() + "/" + name));
  fs::create_symlink(library_folder() + "/" + loader, at(machine_.interpreter));
}

void ForeignRoot::build(const std::string& path, const std::string& source,
                        const std::string& flags) const {
  fs::create_directories(fs::path(at(path)).parent_path());
  Command command{.argv = {std::string(machine_.triplet) + "-gcc", "-o", at(path), "-x", "c", "-",
                           "-x", "none"},
                  .folder = root_,
                  .input = source};
  std::istringstream words(flags);
  for (std::string word; words >> word;) command.argv.push_back(word);
  const Outcome outcome = run(command);
  if (outcome.status != 0) throw std::runtime_error(command.argv[0] + ": " + outcome.err);
}

void ForeignRoot::library(const std::string& path, const std::string& name, int value,
                          const std::string& flags) const {
  build(path, "int " + name + "(void) { return " + std::to_string(value) + "; }",
        "-shared -fPIC -Wl,-soname," + fs::path(path).filename().string() + " " + flags);
}

void ForeignRoot::program(const std::string& path, const std::vector<std::string>& names,
                          const std::string& flags) const {
  std::string declared = "#include <stdio.h>\n";
  std::string printed;
  for (const std::string& name : names) {
    declared += "int " + name + "(void);\n";
    printed += "printf(\"" + name + "=%d \", " + name + "()); ";
  }
  build(path, declared + "int main(void) { " + printed + "puts(\"\"); }",
        "-Wl,--allow-shlib-undefined " + flags);
}

std::string path_inside(const fs::path& root, const std::string& path) {
  const int folder = open(root.c_str(), O_PATH | O_DIRECTORY | O_CLOEXEC);
  open_how how = {};
  how.flags = O_PATH | O_CLOEXEC;
  how.resolve = RESOLVE_IN_ROOT;
  const auto file = static_cast<int>(syscall(SYS_openat2, folder, path.c_str(), &how, sizeof how));
  close(folder);
  if (file < 0) throw std::runtime_error(root.string() + " has no " + path);
  const fs::path real = fs::read_symlink("/proc/self/fd/" + std::to_string(file));
  close(file);
  return "/" + real.lexically_relative(fs::canonical(root)).string();
}

Outcome run_emulated(const ForeignMachine& machine, const fs::path& root,
                     const std::vector<std::string>& argv,
                     const std::vector<std::string>& environment) {
  const Proc proc = fs::is_directory(root / "proc") ? Proc::mounted : Proc::none;
  if (std::string_view(machine.qemu).empty()) return run_in_root(root, argv, proc, environment);
  const fs::path emulator = root.string() + kEmulator;
  fs::copy_file(fs::path("/usr/bin") / machine.qemu, emulator);
  std::vector<std::string> words = {kEmulator};
  for (const std::string& variable : environment) words.insert(words.end(), {"-E", variable});
  words.insert(words.end(), argv.begin(), argv.end());
  const Outcome outcome = run_in_root(root, words, proc);
  fs::remove(emulator);
  return outcome;
}

std::vector<std::string> loaded_in(const ForeignMachine& machine, const fs::path& root,
                                   const std::string& program, const std::string& library_path) {
  std::vector<std::string> argv = {machine.interpreter, path_inside(root, program)};
  if (!library_path.empty()) argv.insert(argv.begin() + 1, {"--library-path", library_path});
  // Unlike the option --list, this goes on behind a library that is missing.
  const LoaderTrace trace =
      read_trace(run_emulated(machine, root, argv, {"LD_TRACE_LOADED_OBJECTS=1"}));
  if (!trace.error.empty()) throw std::runtime_error("the loader says: " + trace.error);
  std::vector<std::string> files = {path_inside(root, program)};
  for (const std::string& file : trace.files)
    files.push_back(file.starts_with('!') ? file : path_inside(root, file));
  return files;
}

}  // namespace pack
