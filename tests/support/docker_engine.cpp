#include "support/docker_engine.h"

#include <signal.h>
#include <sys/mount.h>
#include <unistd.h>

#include <fstream>
#include <sstream>
#include <stdexcept>

namespace pack {
namespace {

// Innermost first, or the outer ones are busy.
void unmount_below(const std::string& folder) {
  std::vector<std::string> points;
  std::ifstream mounts("/proc/self/mounts");
  for (std::string line; std::getline(mounts, line);) {
    std::istringstream fields(line);
    std::string device, point;
    fields >> device >> point;
    if (point.starts_with(folder + "/")) points.push_back(point);
  }
  for (auto point = points.rbegin(); point != points.rend(); ++point)
    umount2(point->c_str(), MNT_DETACH);
}

void end_process_in(const std::filesystem::path& pid_file) {
  pid_t id = 0;
  if (std::ifstream(pid_file) >> id && id > 1) kill(id, SIGKILL);
}

}  // namespace

DockerEngine::DockerEngine() {
  const auto at = [this](const char* name) { return (temp_ / name).string(); };
  const std::string command = "exec dockerd -H unix://" + at("sock") + " --data-root " +
                              at("data") + " --exec-root " + at("exec") + " --pidfile " +
                              at("pid") + " --iptables=false --bridge=none > " + at("log") +
                              " 2>&1";
  daemon_ = std::make_unique<StartedProcess>(Command{
      .argv = {"sh", "-c", command},
      .environment = {{"PATH", "/usr/local/sbin:/usr/local/bin:/usr/sbin:/usr/bin:/sbin:/bin"}}});
  for (double end = now() + 30; now() < end;) {
    if (docker({"version"}).status == 0) return;
    if (daemon_->ends_within(0.1)) break;
  }
  throw std::runtime_error("dockerd does not start: " + read_file(temp_ / "log"));
}

DockerEngine::~DockerEngine() {
  daemon_->send(SIGTERM);
  if (!daemon_->ends_within(20)) end_process_in(temp_ / "exec/containerd/containerd.pid");
  daemon_.reset();
  unmount_below(temp_.path().string());
}

Outcome DockerEngine::docker(std::vector<std::string> arguments) const {
  arguments.insert(arguments.begin(), {"docker", "-H", "unix://" + (temp_ / "sock").string()});
  return run({.argv = arguments, .environment = {{"DOCKER_CONFIG", (temp_ / "config").string()}}});
}

Outcome DockerEngine::ctr(std::vector<std::string> arguments) const {
  const std::string socket = (temp_ / "exec/containerd/containerd.sock").string();
  arguments.insert(arguments.begin(), {"ctr", "-a", socket, "-n", "test"});
  return run({.argv = arguments});
}

}  // namespace pack
