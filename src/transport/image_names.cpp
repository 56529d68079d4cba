// Which image of several is meant. Tools differ in what they call an entry of a layout:
//
//   skopeo oci:DIR:REF     org.opencontainers.image.ref.name = REF, a tag or anything else
//   podman save            ref.name = localhost/web:v1
//   Docker, ctr, pack      io.containerd.image.name = docker.io/library/web:v1, ref.name = v1
//   docker save, podman    RepoTags of manifest.json: web:v1, docker.io/library/web:v1
//
// and users leave out what Docker would complete. So there are ranks, and the first one in which
// anything fits decides: the very text; the same when completed; the tag alone; and web:v1 for
// Podman's localhost/web:v1.

#include "transport/image_names.h"

#include <algorithm>
#include <charconv>
#include <optional>
#include <set>

#include "base/error.h"

namespace pack {

namespace {

constexpr std::string_view kDigestPrefix = "sha256:";

std::optional<Reference> completed(const std::string& text) {
  try {
    return parse_reference(text);
  } catch (const Error&) {
    return std::nullopt;
  }
}

/// A name's full reference; nothing for a mere tag.
std::optional<Reference> reference_of(const Offer::Name& name) {
  if (!name.full.empty()) return completed(name.full);
  if (name.tag.find_first_of(":/") == std::string::npos) return std::nullopt;
  return completed(name.tag);
}

struct Wanted {
  std::string text;
  std::optional<Reference> reference;
};

bool is_same_text(const Offer::Name& name, const Wanted& wanted) {
  return wanted.text == name.full || wanted.text == name.tag;
}

bool is_same_reference(const Offer::Name& name, const Wanted& wanted) {
  const std::optional<Reference> reference = reference_of(name);
  return reference && wanted.reference && reference->full() == wanted.reference->full();
}

bool is_same_tag(const Offer::Name& name, const Wanted& wanted) {
  const std::optional<Reference> reference = reference_of(name);
  return reference && reference->tag == wanted.text;
}

/// Podman puts images that were made without a registry's name under localhost/.
bool is_podmans(const Offer::Name& name, const Wanted& wanted) {
  const std::optional<Reference> reference = reference_of(name);
  return reference && wanted.reference && reference->domain == "localhost" &&
         parse_reference(reference->full().substr(10)).full() == wanted.reference->full();
}

using Rank = bool (*)(const Offer::Name&, const Wanted&);
constexpr Rank kRanks[] = {is_same_text, is_same_reference, is_same_tag, is_podmans};

std::vector<Offer> nth(const std::vector<Offer>& offers, std::string_view digits) {
  size_t index = 0;
  const auto [end, error] = std::from_chars(digits.data(), digits.data() + digits.size(), index);
  if (error != std::errc() || end != digits.data() + digits.size() || index >= offers.size())
    return {};
  return {offers[index]};
}

std::set<std::string> names_of(const Offer& offer) {
  std::set<std::string> out;
  for (const Offer::Name& name : offer.names) out.insert(name.str());
  return out;
}

std::string value_of(const Annotations& annotations, std::string_view key) {
  const auto found = annotations.find(std::string(key));
  return found == annotations.end() ? "" : found->second;
}

}  // namespace

std::optional<Digest> digest_in(const std::string& reference) {
  const size_t at = reference.rfind('@');
  const std::string last = at == std::string::npos ? reference : reference.substr(at + 1);
  if (!last.starts_with(kDigestPrefix)) return std::nullopt;
  try {
    return Digest(last);
  } catch (const Error&) {
    // `sha256:v1` is a name, though an odd one.
    if (at == std::string::npos) return std::nullopt;
    throw UsageError("what stands behind the '@' of " + quoted(reference) +
                     " is no digest; write sha256: and 64 lowercase hex digits");
  }
}

std::vector<Offer> offers_of(const std::vector<Descriptor>& entries) {
  std::vector<Offer> offers;
  for (const Descriptor& entry : entries) {
    auto offer = std::find_if(offers.begin(), offers.end(), [&](const Offer& it) {
      return it.descriptor.digest == entry.digest;
    });
    if (offer == offers.end()) offer = offers.insert(offers.end(), Offer{entry, {}});
    Offer::Name name{value_of(entry.annotations, kImageNameAnnotation),
                     value_of(entry.annotations, kRefNameAnnotation)};
    if (!name.str().empty()) offer->names.push_back(std::move(name));
  }
  return offers;
}

std::vector<Offer> offers_named(const std::vector<Offer>& offers, const std::string& reference) {
  if (reference.starts_with('@')) return nth(offers, reference.substr(1));
  std::string name = reference;
  if (digest_in(reference)) name.resize(name.find('@') == name.npos ? 0 : name.rfind('@'));
  if (name.empty()) return offers;
  const Wanted wanted{name, completed(name)};
  for (const Rank fits : kRanks) {
    std::vector<Offer> out;
    for (Offer offer : offers) {
      std::erase_if(offer.names, [&](const Offer::Name& it) { return !fits(it, wanted); });
      if (!offer.names.empty()) out.push_back(std::move(offer));
    }
    if (!out.empty()) return out;
  }
  return {};
}

bool is_one_image(const std::vector<Offer>& offers) {
  if (offers.size() < 2) return true;
  std::set<std::string> common = names_of(offers.front());
  bool is_named = false;
  for (const Offer& offer : offers) {
    const std::set<std::string> names = names_of(offer);
    is_named = is_named || !names.empty();
    std::erase_if(common, [&](const std::string& name) { return !names.contains(name); });
  }
  return !is_named || !common.empty();
}

std::vector<Reference> references_of(const Offer& offer) {
  std::vector<Reference> out;
  for (const Offer::Name& name : offer.names)
    if (auto reference = reference_of(name)) out.push_back(std::move(*reference));
  return out;
}

std::string list_of(const std::vector<Offer>& offers) {
  static constexpr size_t kShown = 20;
  std::string out;
  size_t count = 0;
  const auto add = [&](const std::string& name) {
    if (++count <= kShown) (out += out.empty() ? "" : ", ") += name;
  };
  for (const Offer& offer : offers) {
    for (const Offer::Name& name : offer.names) add(quoted(name.str()));
    if (offer.names.empty()) add(offer.descriptor.digest.str());
  }
  return count > kShown ? out + " and " + std::to_string(count - kShown) + " more" : out;
}

}  // namespace pack
