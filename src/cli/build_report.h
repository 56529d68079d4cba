#pragma once

#include <string>

#include "pack.h"

namespace pack {

/// The result of a build for people: reference, digest, files, size, destinations, how to load.
std::string build_report(const BuildPlan& plan, const BuildResult& result);
/// The manifest's digest alone, as a line; empty for an image that is only a folder.
std::string build_digest(const BuildResult& result);
/// The same as one JSON object.
std::string build_report_json(const BuildPlan& plan, const BuildResult& result);

/// Every planned path with mode, owner, size and reason, as --dry-run shows it.
std::string plan_report(const BuildPlan& plan);
std::string plan_report_json(const BuildPlan& plan);

/// What a user should know, one line each, without a line end: the plan's notes, what was left
/// out, what is missing and tolerated.
std::vector<std::string> plan_notes(const BuildPlan& plan);

}  // namespace pack
