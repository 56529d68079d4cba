#include "support/registry.h"

#include <signal.h>

#include <algorithm>
#include <regex>
#include <sstream>
#include <stdexcept>

#include "support/free_port.h"

namespace pack {

namespace fs = std::filesystem;

Registry::Registry(RegistryRules rules) : rules_(std::move(rules)) {
  if (!rules_.username.empty()) {
    const Outcome made = run({.argv = {"htpasswd", "-Bbn", rules_.username, rules_.password}});
    if (made.status != 0) throw std::runtime_error("htpasswd: " + made.err);
    write_file(temp_ / "htpasswd", made.out);
  }
  // Somebody else may take the free port before the registry does.
  for (int tries = 0; tries < 5 && !is_up(); ++tries) {
    port_ = free_port();
    write_file(temp_ / "config.yml", config());
    const std::string log = (temp_ / "log").string();
    process_ = std::make_unique<StartedProcess>(
        Command{.argv = {"sh", "-c", "exec docker-registry serve config.yml > " + log + " 2>&1"},
                .environment = {{"OTEL_TRACES_EXPORTER", "none"}},
                .folder = temp_.path()});
    for (const double end = now() + 10; now() < end && !is_up();)
      if (process_->ends_within(0.02)) break;
  }
  if (!is_up()) throw std::runtime_error("docker-registry: " + read_file(temp_ / "log"));
}

Registry::~Registry() = default;

bool Registry::is_up() const {
  return process_ && is_listening(port_) && !process_->ends_within(0);
}

std::string Registry::config() const {
  std::string out =
      "version: 0.1\n"
      "log: {accesslog: {disabled: false}, level: info}\n"
      "storage: {filesystem: {rootdirectory: " +
      (temp_ / "storage").string() +
      "}, delete: {enabled: true}}\n"
      "validation: {manifests: {urls: {allow: ['^https?://']}}}\n"
      "http:\n  addr: " +
      authority() + "\n  relativeurls: " + (rules_.relative_locations ? "true" : "false") + "\n";
  if (rules_.tls)
    out += "  tls: {certificate: " + rules_.tls->server_certificate() +
           ", key: " + rules_.tls->server_key() + "}\n";
  if (!rules_.username.empty())
    out += "auth: {htpasswd: {realm: test, path: " + (temp_ / "htpasswd").string() + "}}\n";
  if (!rules_.token_realm.empty())
    out += "auth: {token: {realm: \"" + rules_.token_realm + "\", service: \"" +
           rules_.token_service + "\", issuer: \"" + rules_.token_issuer +
           "\", rootcertbundle: " + rules_.token_certificate + "}}\n";
  return out;
}

std::string Registry::authority() const { return "127.0.0.1:" + std::to_string(port_); }

std::string Registry::url() const { return (rules_.tls ? "https://" : "http://") + authority(); }

std::vector<std::string> Registry::requests() const {
  // The access log's lines are those of Apache.
  static const std::regex line_of("\"([A-Z]+) (\\S+) HTTP/[0-9.]+\" ([0-9]+)");
  std::vector<std::string> out;
  std::istringstream lines(read_file(temp_ / "log"));
  for (std::string line; std::getline(lines, line);) {
    std::smatch found;
    if (std::regex_search(line, found, line_of))
      out.push_back(found.str(1) + " " + found.str(2) + " " + found.str(3));
  }
  return out;
}

size_t Registry::count(const std::string& part) const {
  const std::vector<std::string> all = requests();
  return static_cast<size_t>(std::count_if(
      all.begin(), all.end(), [&](const auto& one) { return one.find(part) != one.npos; }));
}

Outcome Registry::curl(const std::string& target, std::vector<std::string> arguments) const {
  std::vector<std::string> argv{"curl",      "-sS", "--fail-with-body",
                                "--noproxy", "*",   url() + target};
  if (rules_.tls) argv.insert(argv.end(), {"--cacert", rules_.tls->certificate()});
  if (!rules_.username.empty())
    argv.insert(argv.end(), {"-u", rules_.username + ":" + rules_.password});
  argv.insert(argv.end(), arguments.begin(), arguments.end());
  return run({.argv = argv});
}

fs::path Registry::blob_file(const std::string& digest) const {
  const std::string hex = digest.substr(digest.find(':') + 1);
  return temp_ / "storage/docker/registry/v2/blobs/sha256" / hex.substr(0, 2) / hex / "data";
}

std::vector<fs::path> Registry::unfinished_uploads() const {
  std::vector<fs::path> out;
  std::error_code none_yet;
  for (const auto& entry : fs::recursive_directory_iterator(temp_ / "storage", none_yet))
    if (entry.path().parent_path().parent_path().filename() == "_uploads" &&
        entry.path().filename() == "data")
      out.push_back(entry.path());
  return out;
}

}  // namespace pack
