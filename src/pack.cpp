// The spine: file tree -> ELF facts -> closure -> rootfs plan -> layer -> image -> destinations.
// Each stage takes the values before it and returns the next; nothing is shared but the tree that
// is read and the cache of ELF files that were read once. Over a base image, what the programs need
// may be in the base: then nothing is missing before the plan is made.

#include "pack.h"

#include <algorithm>
#include <filesystem>

#include "image/inherit.h"
#include "needs/needs.h"
#include "packages/explain_missing.h"
#include "program_platform.h"
#include "rootfs/accounts.h"
#include "rootfs/plan_tree.h"
#include "rootfs/startable.h"

namespace pack {

namespace {

std::optional<std::string> path_in(const ImageConfig& config) {
  std::optional<std::string> path;  // of several, a program sees the last
  for (const std::string& variable : config.env)
    if (variable.starts_with("PATH=")) path = variable.substr(5);
  return path;
}

/// The PATH that the image will have.
std::string path_of(const BuildRequest& request, const BuildPlan& plan) {
  std::optional<std::string> path = path_in(request.config);
  if (!path && plan.base) path = path_in(plan.base->image.config);
  return path.value_or(std::string(kDefaultPath));
}

/// Unresolved names that the user left out on purpose become notes.
void drop_excluded(std::vector<Unresolved>& missing, const std::vector<PathPattern>& excludes,
                   std::vector<std::string>& notes) {
  // A soname is no path: only patterns for the last component speak of it.
  const auto names = [](const PathPattern& pattern, const std::string& name) {
    if (name.starts_with('/')) return pattern.matches(ImagePath(name));
    return name.find('/') == name.npos && !pattern.str().starts_with('/') &&
           pattern.matches(ImagePath().child(name));
  };
  std::erase_if(missing, [&](const Unresolved& it) {
    const bool excluded =
        std::any_of(excludes.begin(), excludes.end(),
                    [&](const PathPattern& pattern) { return names(pattern, it.name); });
    std::string note = quoted(it.name) + ", which " + quoted(it.needed_by) +
                       " needs, is left out by --exclude: it must be there at run time";
    // The startable check finds it missing once more.
    if (excluded && std::find(notes.begin(), notes.end(), note) == notes.end())
      notes.push_back(std::move(note));
    return excluded;
  });
}

/// Deals with what a stage found missing: an error, or part of the plan's warnings.
void require_none(std::vector<Unresolved> missing, const BuildRequest& request, BuildPlan& plan) {
  drop_excluded(missing, request.plan.excludes, plan.notes);
  if (missing.empty()) return;
  if (request.missing == MissingPolicy::fail) {
    std::vector<MissingHint> hints =
        find_missing_hints(*plan.tree, plan.elves, plan.closure, missing);
    throw MissingError(std::move(missing), std::move(hints), plan.notes);
  }
  for (Unresolved& it : missing) {
    const bool known =
        std::any_of(plan.missing.begin(), plan.missing.end(), [&](const Unresolved& other) {
          return other.name == it.name && other.needed_by == it.needed_by;
        });
    if (!known) plan.missing.push_back(std::move(it));
  }
}

void require_complete(const Needs& needs, const BuildRequest& request, BuildPlan& plan) {
  std::vector<Unresolved> missing = needs.missing;
  if (!plan.base)
    for (const Process& process : plan.closure.processes)
      missing.insert(missing.end(), process.unresolved.begin(), process.unresolved.end());
  require_none(std::move(missing), request, plan);
}

/// The routes of libraries that are the base's, of those that lack versions.
std::vector<std::string> faulty_of_base(const SymbolFaults& faults, const FileTree& image,
                                        const Rootfs& rootfs) {
  std::vector<std::string> files;
  if (!rootfs.base) return files;
  for (const MissingVersion& missing : faults.versions) {
    if (!missing.file.starts_with('/') ||
        std::find(files.begin(), files.end(), missing.file) != files.end())
      continue;
    const Walk file = walk(image, missing.file);
    if (file.found() && !rootfs.entries.contains(file.real)) files.push_back(missing.file);
  }
  return files;
}

/// Deals with symbols that a closure lacks in this tree, as require_none does with files.
void require_symbols(const Closure& closure, const FileTree& tree, const BuildRequest& request,
                     BuildPlan& plan) {
  SymbolFaults faults = find_symbol_faults(closure, tree, request.symbols, plan.symbols);
  if (!faults.empty() && request.missing == MissingPolicy::fail)
    throw SymbolError(faults, faulty_of_base(faults, tree, plan.rootfs), plan.notes);
  plan.symbol_faults.add(faults);
}

/// A user that the base sets is the base's fault, not that of the command line.
void require_user(const ImageConfig& config, const BuildRequest& request, const BuildPlan& plan) {
  const PlanTree image(plan.rootfs, *plan.tree);
  if (!plan.base || !request.config.user.empty()) return require_accounts(image, config.user);
  try {
    require_accounts(image, config.user);
  } catch (const Error& error) {
    throw Error("the base " + quoted(plan.base->image.origin) + " is started as user " +
                quoted(config.user) + ", but " + error.what() + "; choose another with --user");
  }
}

void require_startable(const ImageConfig& config, const BuildRequest& request, BuildPlan& plan) {
  StartFindings findings = check_startable(plan.rootfs, *plan.tree, plan.elves, plan.closure);
  plan.notes.insert(plan.notes.end(), findings.notes.begin(), findings.notes.end());
  require_none(std::move(findings.missing), request, plan);
  require_symbols(findings.closure, PlanTree(plan.rootfs, *plan.tree), request, plan);
  const std::vector<std::string>& start =
      config.entrypoint.empty() ? config.cmd : config.entrypoint;
  if (!start.empty())
    require_entrypoint(plan.rootfs, *plan.tree, start.front(), path_of(request, plan),
                       config.working_dir);
  require_user(config, request, plan);
}

/// What a base is asked for where it has several platforms: the user's, or else the first program's
/// own. A script runs on what the base has.
std::optional<Platform> wanted_platform(const BuildRequest& request, const std::string& program,
                                        BuildPlan& plan) {
  if (!request.config.platform.architecture.empty()) return request.config.platform;
  const Walk file = walk(*plan.tree, program);
  if (!file.found(FileKind::regular)) return std::nullopt;
  const auto facts = plan.elves.read(*plan.tree, file.real, file.status.id).facts;
  return facts ? platform_of(*facts) : std::nullopt;
}

/// The base's platform is the image's: the first program must be for it, unless the user says that
/// it runs there.
void require_platform_of_base(const BuildRequest& request, const std::optional<Platform>& own,
                              const BuildPlan& plan, const std::string& program) {
  const Platform& base = plan.base->image.config.platform;
  if (!request.config.platform.architecture.empty() || !own ||
      (own->os == base.os && own->architecture == base.architecture))
    return;
  throw Error("the base image " + plan.base->image.origin + " is for " + base.str() + ", but " +
              quoted(program) + " is a program for " + own->str() +
              ": use a base for that, or say with --platform " + base.str() +
              " that it runs there all the same");
}

/// The user's platform, or else the base's, or the first program's own. Programs for another one
/// are said.
Platform choose_platform(const BuildRequest& request, const Needs& needs, BuildPlan& plan) {
  std::optional<Platform> chosen;
  if (plan.base) chosen = plan.base->image.config.platform;
  const Platform& wanted = request.config.platform;
  // The user's "linux/arm64" is the base's own platform, with its variant.
  const bool is_bases = chosen && chosen->os == wanted.os &&
                        chosen->architecture == wanted.architecture && wanted.variant.empty();
  if (!wanted.architecture.empty() && !is_bases) chosen = wanted;
  for (const std::string& program : needs.programs) {
    const Walk file = walk(*plan.tree, program);
    const ElfFacts& facts = *plan.elves.read(*plan.tree, file.real, file.status.id).facts;
    const std::optional<Platform> own = platform_of(facts);
    if (plan.base && program == needs.programs.front())
      require_platform_of_base(request, own, plan, program);
    if (!own && !chosen)
      throw Error("no image platform is known for " + describe(facts.machine) +
                  " programs: name one with --platform");
    // The user's "linux/arm64" is the program's own platform, with its variant.
    if (!chosen || (own && own->architecture == chosen->architecture && chosen->variant.empty()))
      chosen = own;
    if (own && own->architecture != chosen->architecture)
      plan.notes.push_back("the image is for " + chosen->str() + ", but " + quoted(program) +
                           " is a program for " + own->str());
  }
  if (!chosen)
    throw Error(
        "there is no ELF program whose machine could be the image's platform: name one "
        "with --platform");
  return *chosen;
}

ImageConfig complete_config(const BuildRequest& request, const std::vector<std::string>& programs,
                            const Platform& platform, const BuildPlan& plan) {
  ImageConfig config = request.config;
  config.platform = platform;
  if (config.entrypoint.empty()) config.entrypoint = {programs.front()};
  const std::string path = "PATH=" + path_of(request, plan);
  std::string command = "pack";
  for (const std::string& program : programs) command += ' ' + quoted(program);
  config.history = {{.created = config.created,
                     .created_by = std::move(command),
                     .author = config.author,
                     .comment = {},
                     .empty_layer = false}};
  if (plan.base) config = inherit_config(plan.base->image.config, config);
  if (!path_in(config)) config.env.insert(config.env.begin(), path);
  return config;
}

/// This build's own files: an image that held its former self would grow each time.
std::vector<ImagePath> own_outputs(const BuildRequest& request) {
  std::vector<ImagePath> paths;
  if (request.root != "/") return paths;
  for (const DestinationSpec& destination : request.destinations) {
    std::error_code failed;
    const auto place = std::filesystem::weakly_canonical(
        std::filesystem::absolute(destination.path, failed), failed);
    if (!destination.path.empty() && !failed) paths.emplace_back(place.string());
  }
  return paths;
}

std::string missing_summary(const std::vector<Unresolved>& missing) {
  if (missing.size() == 1) return quoted(missing.front().name) + " is missing";
  return std::to_string(missing.size()) + " files are missing";
}

}  // namespace

MissingError::MissingError(std::vector<Unresolved> missing, std::vector<MissingHint> hints,
                           std::vector<std::string> notes)
    : Error(missing_summary(missing)),
      missing_(std::move(missing)),
      hints_(std::move(hints)),
      notes_(std::move(notes)) {}

SymbolError::SymbolError(SymbolFaults faults, std::vector<std::string> of_base,
                         std::vector<std::string> notes)
    : Error("symbols do not fit together"),
      faults_(std::move(faults)),
      of_base_(std::move(of_base)),
      notes_(std::move(notes)) {}

BuildPlan plan_image(const BuildRequest& request) {
  BuildPlan plan;
  std::optional<Platform> platform_asked;
  if (!request.config.platform.architecture.empty()) platform_asked = request.config.platform;
  plan.tree = open_root(request.root, platform_asked, request.access);
  const FileTree& tree = *plan.tree;

  std::vector<std::string> programs;
  for (const std::string& name : request.programs)
    programs.push_back(find_program(tree, name, request.program_path));
  const Additions additions =
      find_additions(tree, request.additions,
                     {.excludes = request.plan.excludes, .outputs = own_outputs(request)});
  if (request.base)
    plan.base =
        open_base(*request.base, wanted_platform(request, programs.front(), plan), request.access);
  const Needs needs = find_needs(tree, plan.elves, programs, additions, path_of(request, plan),
                                 plan.base ? plan.base->tree.get() : nullptr);
  plan.closure = find_closure(tree, plan.elves,
                              {.programs = needs.programs,
                               .libraries = needs.libraries,
                               .library_path = request.plan.library_path,
                               .hwcaps = request.plan.hwcaps,
                               .opened_later = OpenedLater::taken});
  plan.notes.insert(plan.notes.end(), needs.notes.begin(), needs.notes.end());
  require_complete(needs, request, plan);
  if (!plan.base) require_symbols(plan.closure, tree, request, plan);

  // From here on, no new file is discovered.
  PlanRequest wanted = request.plan;
  wanted.programs = programs;
  if (plan.base) wanted.base = plan.base->tree;
  plan.rootfs = plan_rootfs(tree, plan.elves, needs, plan.closure, additions, wanted);
  plan.notes.insert(plan.notes.end(), plan.rootfs.notes.begin(), plan.rootfs.notes.end());

  const Platform platform = choose_platform(request, needs, plan);
  plan.draft = {.config = complete_config(request, programs, platform, plan),
                .references = request.references,
                .annotations = request.annotations,
                .layer_size = layer_size(plan.rootfs, request.timestamp),
                .compression = request.compression};
  if (plan.base) {
    plan.draft.base_layers = plan.base->image.layers;
    plan.draft.family = family_of(plan.base->image.document.descriptor.media_type);
  }
  require_startable(plan.draft.config, request, plan);
  return plan;
}

BuildResult write_image(const BuildRequest& request, const BuildPlan& plan) {
  Output output =
      open_output(request.destinations, plan.draft, request.access);  // nothing is visible yet
  const Layer layer = write_layer(plan.rootfs, *plan.tree, request.timestamp, output.sinks());
  BuildResult result{.image = make_image(plan.draft, layer), .receipts = {}};
  result.receipts = output.commit(result.image);  // all destinations, or none
  return result;
}

}  // namespace pack
