#pragma once

#include <string>
#include <vector>

#include "cli/access_options.h"
#include "cli/search_options.h"

namespace CLI {
class App;
}

namespace pack {

/// The build command's options as they were typed.
struct BuildOptions {
  std::vector<std::string> programs;
  std::vector<std::string> tags;
  std::vector<std::string> outputs;
  std::string base;
  std::string compression;
  SearchOptions search;
  std::vector<std::string> additions;
  std::vector<std::string> symlinks;
  std::vector<std::string> directories;
  std::vector<std::string> modes;
  std::vector<std::string> owners;
  std::vector<std::string> excludes;
  bool bare = false;
  bool allow_missing = false;
  bool check_symbols = false;

  std::string entrypoint;
  std::string command;
  std::vector<std::string> arguments;  ///< behind "--"
  std::vector<std::string> environment;
  std::string working_dir;
  std::string user;
  std::vector<std::string> ports;
  std::vector<std::string> volumes;
  std::vector<std::string> labels;
  std::vector<std::string> annotations;
  std::string stop_signal;
  std::string author;
  std::string created;
  std::string platform;

  bool dry_run = false;
  bool json = false;
  bool quiet = false;
  bool verbose = false;
  std::string colour = "auto";
  std::string progress = "auto";
  AccessOptions access;
};

/// Teaches the parser the options of the build command; values land in `options`.
void add_build_options(CLI::App& app, BuildOptions& options);

}  // namespace pack
