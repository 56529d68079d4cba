#pragma once

#include <memory>
#include <string>
#include <vector>

#include "support/process.h"
#include "support/temp_dir.h"

namespace pack {

/// A Docker engine of the test's own, with its containerd: all of its state is in a temporary
/// folder, its socket too, and it touches no network. It goes with the object, mounts included.
class DockerEngine {
 public:
  /// Starts dockerd and waits until it answers. Throws std::runtime_error with its log when it
  /// does not within 30 seconds.
  DockerEngine();
  ~DockerEngine();

  /// Where it listens, as DOCKER_HOST names it.
  std::string host() const { return "unix://" + (temp_ / "sock").string(); }

  Outcome docker(std::vector<std::string> arguments) const;
  /// containerd's own client, in the namespace "test".
  Outcome ctr(std::vector<std::string> arguments) const;

 private:
  TempDir temp_;
  std::unique_ptr<StartedProcess> daemon_;
};

}  // namespace pack
