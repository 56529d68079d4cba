#include "transport/destination.h"

#include <algorithm>

#include "base/error.h"

namespace pack {

namespace {

constexpr std::string_view kKnown =
    "a path, docker-archive:PATH, oci-archive:PATH, oci:DIR[:TAG], docker-daemon:[NAME:TAG], "
    "docker://HOST/NAME:TAG, rootfs:DIR or -";

/// The transport before the first ':', unless a '/' before it shows that this is a path.
std::string_view transport_of(std::string_view text) {
  const size_t end = text.find_first_of(":/");
  return end == std::string_view::npos || text[end] == '/' ? "" : text.substr(0, end);
}

/// The grammar of org.opencontainers.image.ref.name (OCI image-spec, annotations.md), by its
/// alphabet and its ends.
bool is_ref_name(std::string_view tag) {
  const auto alphanumeric = [](char c) {
    return (c >= '0' && c <= '9') || (c >= 'a' && c <= 'z') || (c >= 'A' && c <= 'Z');
  };
  const auto allowed = [&](char c) {
    return alphanumeric(c) || std::string_view("-._:@+/").find(c) != std::string_view::npos;
  };
  return !tag.empty() && alphanumeric(tag.front()) && alphanumeric(tag.back()) &&
         std::all_of(tag.begin(), tag.end(), allowed);
}

DestinationSpec parse_layout(std::string_view rest) {
  DestinationSpec spec{DestinationSpec::Kind::oci_layout, std::string(rest), {}};
  const size_t colon = rest.find(':');
  if (colon == std::string_view::npos) return spec;
  spec.path = rest.substr(0, colon);
  spec.tag = rest.substr(colon + 1);
  if (!is_ref_name(spec.tag))
    throw UsageError(
        "the tag " + quoted(spec.tag) + " of oci:" + quoted(spec.path) +
        " is no name that an OCI layout can hold; use letters, digits and '.', '-', '_'");
  return spec;
}

DestinationSpec parse_archive(std::string_view transport, std::string_view rest) {
  // skopeo would read a reference behind the colon; taken as a path it would surprise.
  if (rest.find(':') != std::string_view::npos)
    throw UsageError(
        "the path of " + std::string(transport) + ":" + quoted(rest) +
        " holds a ':'; give the image's name with -t, or a path with '/' before the ':'"
        " and without " +
        std::string(transport) + ":");
  return {DestinationSpec::Kind::archive, std::string(rest), {}};
}

DestinationSpec parse_daemon(std::string_view rest) {
  DestinationSpec spec{DestinationSpec::Kind::daemon, {}, {}};
  if (!rest.empty()) spec.reference = parse_reference(rest);
  return spec;
}

DestinationSpec parse_registry(std::string_view text, std::string_view rest) {
  // "docker:NAME" is nobody's spelling, but an easy slip.
  if (!rest.starts_with("//"))
    throw UsageError("the destination " + quoted(text) + " is written docker://HOST/NAME:TAG");
  DestinationSpec spec{DestinationSpec::Kind::registry, {}, {}};
  spec.reference = parse_reference(rest.substr(2));
  return spec;
}

}  // namespace

std::string DestinationSpec::str() const {
  switch (kind) {
    case Kind::stream:
      return "-";
    case Kind::oci_layout:
      return "oci:" + path + (tag.empty() ? "" : ":" + tag);
    case Kind::rootfs:
      return "rootfs:" + path;
    case Kind::daemon:
      return "docker-daemon:" + (reference ? reference->familiar() : "");
    case Kind::registry:
      return "docker://" + reference->full();
    case Kind::archive:
      break;
  }
  return path;
}

DestinationSpec parse_destination(std::string_view text) {
  if (text == "-") return {DestinationSpec::Kind::stream, {}, {}};
  const std::string_view transport = transport_of(text);
  if (transport == "docker-daemon") return parse_daemon(text.substr(transport.size() + 1));
  if (transport == "docker") return parse_registry(text, text.substr(transport.size() + 1));
  const std::string_view rest = transport.empty() ? text : text.substr(transport.size() + 1);
  DestinationSpec spec{DestinationSpec::Kind::archive, std::string(rest), {}};
  if (transport == "oci") {
    spec = parse_layout(rest);
  } else if (transport == "rootfs") {
    spec.kind = DestinationSpec::Kind::rootfs;
  } else if (transport == "docker-archive" || transport == "oci-archive") {
    spec = parse_archive(transport, rest);
  } else if (!transport.empty()) {
    throw UsageError("this version of pack cannot write to " + quoted(text) + "; it knows " +
                     std::string(kKnown) + " (a file of that name is ./" + quoted(text) + ")");
  }
  if (spec.path.empty())
    throw UsageError("the destination " + quoted(text) + " has no path; write " +
                     std::string(kKnown));
  return spec;
}

}  // namespace pack
