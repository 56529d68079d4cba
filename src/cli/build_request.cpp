#include "cli/build_request.h"

#include <algorithm>
#include <charconv>
#include <nlohmann/json.hpp>

#include "base/error.h"
#include "image/config_fields.h"

namespace pack {

namespace {

/// `LEFT:RIGHT`, split at the first colon. Throws UsageError naming the option.
std::pair<std::string, std::string> split_pair(const char* option, const std::string& text) {
  const size_t colon = text.find(':');
  if (colon == text.npos || colon == 0 || colon + 1 == text.size())
    throw UsageError(std::string(option) + " " + quoted(text) + ": the form is PATH:VALUE");
  return {text.substr(0, colon), text.substr(colon + 1)};
}

ImagePath image_path(const char* option, const std::string& text) {
  if (!text.starts_with('/'))
    throw UsageError(std::string(option) + " " + quoted(text) +
                     ": a path in the image starts with '/'");
  ImagePath path(text);
  if (path.is_root()) throw UsageError(std::string(option) + ": \"/\" is there already");
  return path;
}

uint32_t parse_mode(const char* option, const std::string& text) {
  uint32_t mode = 0;
  const auto [end, failed] = std::from_chars(text.data(), text.data() + text.size(), mode, 8);
  if (failed != std::errc() || end != text.data() + text.size() || mode > 07777)
    throw UsageError(std::string(option) + ": " + quoted(text) +
                     " is not a mode; write it in octal, as 755 or 4755");
  return mode;
}

int64_t parse_seconds(const char* what, const std::string& text) {
  int64_t seconds = 0;
  const auto [end, failed] = std::from_chars(text.data(), text.data() + text.size(), seconds);
  // The latest moment that a plain tar header can hold.
  constexpr int64_t kLast = 077777777777;
  if (failed != std::errc() || end != text.data() + text.size() || seconds < 0 || seconds > kLast)
    throw UsageError(std::string(what) + " " + quoted(text) +
                     " is not a number of seconds since 1970");
  return seconds;
}

std::string parse_created(const std::string& text, int64_t timestamp) {
  if (text.empty()) return rfc3339(timestamp);
  if (is_rfc3339(text)) return text;
  if (text.find_first_not_of("0123456789") == text.npos)
    return rfc3339(parse_seconds("--created", text));
  throw UsageError("--created " + quoted(text) +
                   ": write 2024-01-31T12:00:00Z (RFC 3339), or seconds since 1970");
}

/// One word, or a JSON array of words as in a Dockerfile.
std::vector<std::string> parse_command(const char* option, const std::string& text) {
  if (text.empty()) return {};
  if (!text.starts_with('[')) return {text};
  const auto json = nlohmann::json::parse(text, nullptr, false);
  const bool words = json.is_array() && !json.empty() &&
                     std::all_of(json.begin(), json.end(),
                                 [](const nlohmann::json& word) { return word.is_string(); });
  if (!words)
    throw UsageError(std::string(option) + " " + quoted(text) +
                     ": starts as a JSON array, but is no array of strings");
  return json.get<std::vector<std::string>>();
}

ImageConfig resolve_config(const BuildOptions& options, int64_t timestamp) {
  ImageConfig config;
  config.created = parse_created(options.created, timestamp);
  config.author = options.author;
  if (!options.platform.empty()) config.platform = parse_platform(options.platform);
  if (!options.user.empty()) config.user = parse_user(options.user);
  for (const std::string& port : options.ports)
    for (std::string& each : parse_exposed_port(port)) config.exposed_ports.insert(std::move(each));
  for (const std::string& variable_text : options.environment) set_env(config.env, variable_text);
  config.entrypoint = parse_command("--entrypoint", options.entrypoint);
  if (!options.command.empty() && !options.arguments.empty())
    throw UsageError("--cmd and arguments behind -- both give the command: use one of them");
  config.cmd =
      options.command.empty() ? options.arguments : parse_command("--cmd", options.command);
  for (const std::string& volume : options.volumes) config.volumes.insert(parse_volume(volume));
  if (!options.working_dir.empty()) config.working_dir = parse_working_dir(options.working_dir);
  for (const std::string& label : options.labels)
    config.labels.insert_or_assign(parse_label(label).first, parse_label(label).second);
  if (!options.stop_signal.empty()) config.stop_signal = parse_stop_signal(options.stop_signal);
  return config;
}

PlanRequest resolve_plan(const BuildOptions& options, const ImageConfig& config,
                         const SearchPlaces& places) {
  PlanRequest plan;
  for (const std::string& text : options.symlinks) {
    auto [path, target] = split_pair("--symlink", text);
    plan.symlinks.push_back({image_path("--symlink", path), std::move(target)});
  }
  for (const std::string& text : options.directories) {
    const size_t colon = text.rfind(':');
    const bool has_mode = colon != text.npos;
    plan.directories.push_back(
        {image_path("--mkdir", text.substr(0, colon)),
         has_mode ? std::optional(parse_mode("--mkdir", text.substr(colon + 1))) : std::nullopt});
  }
  for (const std::string& text : options.modes) {
    const auto [path, mode] = split_pair("--chmod", text);
    plan.modes.push_back({PathPattern(path), parse_mode("--chmod", mode)});
  }
  for (const std::string& text : options.owners) {
    auto [path, owner] = split_pair("--chown", text);
    plan.owners.push_back({PathPattern(path), std::move(owner)});
  }
  for (const std::string& text : options.excludes) plan.excludes.emplace_back(text);
  plan.library_path = places.library_path;
  plan.hwcaps = places.hwcaps;
  plan.working_dir = config.working_dir;
  plan.essentials = options.bare ? Essentials::left_out : Essentials::included;
  return plan;
}

std::string absolute(const std::string& path, const std::string& from) {
  return path.starts_with('/') ? path : from + '/' + path;
}

std::string with_default_name(const std::vector<Reference>& references) {
  if (references.empty())
    throw UsageError(
        "the image has no name: give one with -t NAME:TAG, or a file with -o FILE.tar");
  return references.front().base_name() + ".tar";
}

}  // namespace

BuildRequest resolve_request(const BuildOptions& options, const Surroundings& surroundings) {
  if (options.programs.empty())
    throw UsageError("no program is named: pack PROGRAM... -t NAME:TAG (see pack --help)");
  if (options.quiet && (options.verbose || options.json))
    throw UsageError("--quiet leaves nothing for --verbose or --json to say: use one of them");
  const SearchPlaces places = resolve_search(options.search, surroundings);

  BuildRequest request;
  request.root = places.root;
  request.program_path = places.program_path;
  request.programs = resolve_programs(options.programs, places);
  for (const std::string& text : options.additions) {
    request.additions.push_back(parse_addition(text));
    std::string& source = request.additions.back().source;
    source = absolute(source, places.working_dir);
  }
  if (options.allow_missing) request.missing = MissingPolicy::warn;
  if (options.check_symbols) request.symbols = SymbolCheck::versions_and_symbols;
  if (surroundings.source_date_epoch)
    request.timestamp = parse_seconds("SOURCE_DATE_EPOCH", *surroundings.source_date_epoch);
  request.config = resolve_config(options, request.timestamp);
  request.plan = resolve_plan(options, request.config, places);
  for (const std::string& tag : options.tags) {
    Reference reference = parse_reference(tag);
    const bool known =
        std::any_of(request.references.begin(), request.references.end(),
                    [&](const Reference& other) { return other.full() == reference.full(); });
    if (!known) request.references.push_back(std::move(reference));
  }
  for (const std::string& annotation : options.annotations)
    request.annotations.insert_or_assign(parse_label(annotation).first,
                                         parse_label(annotation).second);
  if (!options.base.empty()) request.base = parse_source(options.base);
  request.access = resolve_access(options.access, surroundings, nullptr);
  if (!options.compression.empty()) request.compression = parse_compression(options.compression);
  for (const std::string& output : options.outputs)
    request.destinations.push_back(parse_destination(output));
  if (request.destinations.empty() && !options.dry_run)
    request.destinations.push_back(parse_destination(with_default_name(request.references)));
  return request;
}

}  // namespace pack
