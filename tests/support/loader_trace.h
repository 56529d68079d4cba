#pragma once

#include <filesystem>
#include <string>
#include <vector>

namespace pack {

struct Outcome;  // support/process.h

/// What a loader says that it maps for a program, in its order.
struct LoaderTrace {
  /// Paths as the loader opened them, the interpreter only where it is asked for by name. In the
  /// place of a library that it does not find stands "!NAME".
  std::vector<std::string> files;
  std::string error;  ///< what it died of before the list was complete; empty: nothing
};

/// The oracle: asks glibc's loader, in trace mode, what it would map for `program`, which is not
/// started. `loader` is the command to start the loader with ("/lib64/ld-linux-x86-64.so.2", or an
/// emulator and a loader of another machine, or a chroot). No cache or library path of the test's
/// environment counts but `library_path`.
///
/// Started so, the loader takes $ORIGIN from the path that it is given; the kernel would give it
/// the real one: `program` should be canonical.
LoaderTrace trace_loader(const std::vector<std::string>& loader, const std::string& program,
                         const std::string& library_path = "");

/// The lines of ldd(1) or of a loader in trace mode, as trace_loader() has them.
LoaderTrace read_trace(const Outcome& outcome);

/// Without the missing ones' places: they come last, as pack lists them.
std::vector<std::string> missing_last(std::vector<std::string> files);

/// Every path canonical; what is missing stays.
std::vector<std::string> real_files(std::vector<std::string> files);

}  // namespace pack
