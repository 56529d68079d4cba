// The spine of `pack verify`: documents -> config -> layers -> merged tree -> closure. Every step
// goes on as far as the steps before it allow, and tells what it finds.

#include "verification.h"

#include <algorithm>
#include <set>

#include "base/cpus.h"
#include "base/parallel.h"
#include "closure/symbol_versions.h"
#include "needs/image_start.h"
#include "packages/packaged_paths.h"
#include "program_platform.h"
#include "rootfs/accounts.h"
#include "source/dangling_links.h"
#include "source/layer_tree.h"
#include "transport/image_names.h"
#include "transport/image_source.h"
#include "transport/image_tree.h"
#include "transport/layer_check.h"
#include "transport/platform_choice.h"

namespace pack {

namespace {

constexpr int kMaxIndexDepth = 8;

std::string short_name(const Digest& digest) { return digest.str().substr(0, 19); }

std::string layer_name(size_t index, const Descriptor& layer) {
  return "layer " + std::to_string(index + 1) + " (" + short_name(layer.digest) + ")";
}

bool is_image_config(std::string_view media_type) {
  return media_type == kOciConfig || media_type == kDockerConfig;
}

/// An index may leave the variant out.
bool contradict(const Platform& said, const Platform& is) {
  return said.os != is.os || said.architecture != is.architecture ||
         (!said.variant.empty() && !is.variant.empty() && said.variant != is.variant);
}

/// Some 64-bit machines run the programs of their 32-bit ancestors.
bool runs(const std::string& program, const std::string& machine) {
  return program == machine || (program == "386" && machine == "amd64") ||
         (program == "arm" && machine == "arm64");
}

/// One image's manifest and all below it.
class ImageCheck {
 public:
  ImageCheck(const ImageSource& source, const Access& access, VerifiedImage& out)
      : source_(source), access_(access), out_(out) {}

  void check(const Manifest& manifest) {
    out_.layers = manifest.layers.size();
    out_.size = manifest.config.size;
    for (const Descriptor& layer : manifest.layers) out_.size += layer.size;
    check_config(manifest.config);
    check_layers(manifest);
    if (!tree_) return;
    check_tree();
    check_start();
  }

  /// What is no image for a machine (an attestation, a chart) has blobs all the same.
  void check_artifact(const Manifest& manifest) {
    std::vector<Descriptor> all = manifest.layers;
    all.insert(all.begin(), manifest.config);
    for (const Descriptor& descriptor : all)
      attempt("blob " + short_name(descriptor.digest),
              [&] { read_through(source_.blob(descriptor), access_); });
  }

 private:
  template <typename Work>
  void attempt(const std::string& where, const Work& work) {
    try {
      work();
    } catch (const Error& error) {
      add(where, error.what());
    }
  }

  void add(std::string where, std::string what) {
    out_.findings.push_back({std::move(where), std::move(what)});
  }

  void check_config(const Descriptor& descriptor) {
    const size_t before = out_.findings.size();
    attempt("config", [&] {
      const std::string text = read_blob(source_.blob(descriptor), kMaxDocument);
      for (const std::string& fault : config_faults(text)) add("config", fault);
      try {
        config_ = parse_config(text);
      } catch (const Error&) {
        if (out_.findings.size() == before) throw;
      }
    });
    if (!config_) return;
    if (out_.platform && contradict(*out_.platform, config_->platform))
      add("config",
          "it is for " + config_->platform.str() + ", and the index says " + out_.platform->str());
    out_.platform = config_->platform;
  }

  void note_history(size_t layers) {
    const auto makers =
        static_cast<size_t>(std::count_if(config_->history.begin(), config_->history.end(),
                                          [](const History& it) { return !it.empty_layer; }));
    if (!config_->history.empty() && makers < layers)
      out_.notes.push_back("the history tells of " + std::to_string(makers) + " of " +
                           std::to_string(layers) + " layers");
  }

  void check_layers(const Manifest& manifest) {
    const size_t count = manifest.layers.size();
    if (config_ && config_->diff_ids.size() != count) {
      add("config", "it has " + std::to_string(config_->diff_ids.size()) +
                        " diff_ids, and the manifest has " + std::to_string(count) + " layers");
      config_.reset();
    }
    if (config_) note_history(count);
    std::vector<LayerCheck> checks(count);
    for_each_in_parallel(count, usable_cpus(),
                         [&](size_t i) { checks[i] = check_one(manifest.layers[i], i); });
    std::vector<LayerContent> contents;
    for (size_t i = 0; i < count; ++i) {
      for (const std::string& fault : checks[i].faults)
        add(layer_name(i, manifest.layers[i]), fault);
      if (checks[i].tar)
        contents.push_back({manifest.layers[i].digest.str(), std::move(checks[i].tar)});
    }
    if (config_ && contents.size() == count)
      attempt("layers", [&] { tree_ = open_layer_tree(contents); });
    for (const Descriptor& layer : manifest.layers)
      if (is_nondistributable(layer.media_type))
        out_.notes.push_back(short_name(layer.digest) +
                             " is a layer that registries do not hold: it is not looked at");
  }

  LayerCheck check_one(const Descriptor& descriptor, size_t index) const {
    if (is_nondistributable(descriptor.media_type)) return {};
    try {
      const Blob blob = source_.blob(descriptor);
      if (config_) return check_layer(blob, config_->diff_ids[index], access_);
      read_through(blob, access_);
      return {};
    } catch (const Error& error) {
      return {.tar = nullptr, .faults = {error.what()}};
    }
  }

  void check_tree() {
    for (const LayerFault& fault : tree_->faults())
      add("layer " + std::to_string(fault.layer + 1), quoted(fault.path) + " " + fault.what);
    attempt("layers", [&] { check_links(); });
  }

  void check_links() {
    std::vector<DanglingLink> links = find_dangling_links(*tree_);
    std::vector<DanglingLink> documentation;
    std::copy_if(links.begin(), links.end(), std::back_inserter(documentation), is_documentation);
    std::erase_if(links, is_documentation);
    if (!documentation.empty())
      out_.notes.push_back(std::to_string(documentation.size()) +
                           " symlinks lead to documentation that is left out, as " +
                           quoted(documentation.front().path.str()));
    std::vector<ImagePath> paths;
    paths.reserve(links.size());
    for (const DanglingLink& link : links) paths.push_back(link.path);
    const std::set<ImagePath> packaged = packaged_paths(*tree_, paths);
    for (const DanglingLink& link : links) {
      const std::string what =
          "the symlink leads to nothing (" + quoted(link.target) + ": " + link.why + ")";
      if (packaged.contains(link.path))
        out_.notes.push_back(quoted(link.path.str()) + ": " + what + ", as its package has it");
      else
        add(quoted(link.path.str()), what);
    }
  }

  void check_start() {
    if (config_->platform.os != "linux") {
      out_.notes.push_back("it is for " + config_->platform.str() +
                           ": whether it starts is not looked at");
      return;
    }
    check_user();
    attempt("entrypoint", [&] {
      ElfCache elves;
      const ImageStart start = find_image_start(*tree_, elves, *config_, OpenedLater::left_out);
      if (start.words.empty())
        out_.notes.emplace_back("it has no Entrypoint and no Cmd: it starts what it is told to");
      if (!start.failure.empty()) throw Error(start.failure);
      for (const Unresolved& missing : start.needs.missing) add_missing(missing);
      SettledVersions settled;
      for (const Process& process : start.closure.processes) {
        check_machine(process.objects.front());
        for (const Unresolved& missing : process.unresolved) add_missing(missing);
        for (const MissingVersion& missing : find_missing_versions(process, settled))
          add("entrypoint", describe(missing));
      }
    });
  }

  /// Engines look names up in the image, and give up when they are not there.
  void check_user() {
    const std::string& user = config_->user;
    const size_t colon = std::min(user.find(':'), user.size());
    check_account(AccountKind::user, user.substr(0, colon));
    check_account(AccountKind::group, user.substr(std::min(colon + 1, user.size())));
  }

  void check_account(AccountKind kind, const std::string& name) {
    if (name.find_first_not_of("0123456789") == name.npos) return;
    attempt("config", [&] {
      if (!find_account(*tree_, kind, name))
        throw Error("config.User: " + quoted(name) + " is not in the image's " +
                    (kind == AccountKind::user ? "/etc/passwd" : "/etc/group") +
                    ", and engines do not start it");
    });
  }

  void check_machine(const LoadedObject& program) {
    const std::optional<Platform> platform = platform_of(*program.facts);
    if (platform && !runs(platform->architecture, config_->platform.architecture))
      add("entrypoint", quoted(program.route) + " is a program for " + platform->str() +
                            ", and the config says " + config_->platform.str());
  }

  void add_missing(const Unresolved& missing) {
    add("entrypoint", quoted(missing.name) + ", which " + quoted(missing.needed_by) +
                          " needs, is not in the image" +
                          (missing.broken.empty() ? "" : " (" + missing.broken + ")"));
  }

  const ImageSource& source_;
  const Access& access_;
  VerifiedImage& out_;
  std::optional<ImageConfig> config_;  ///< none: it cannot be read, or does not fit the layers
  std::unique_ptr<LayerTree> tree_;
};

/// All images of a source.
class SourceCheck {
 public:
  explicit SourceCheck(const VerifyRequest& request) : request_(request) {}

  Verification run() && {
    const SourceSpec spec = resolve_path(request_.source);
    try {
      source_ = open_source(spec, request_.access);
    } catch (const Error& error) {
      // A file that is there and is no whole image is wrong; a registry that does not answer is
      // not.
      if (spec.kind != SourceSpec::Kind::path && spec.kind != SourceSpec::Kind::stream) throw;
      out_.findings.push_back({"", error.what()});
      return std::move(out_);
    }
    const std::vector<Offer> all = offers_of(source_->entries());
    const std::vector<Offer> offers = wanted_of(all, spec);
    if (offers.empty())
      throw Error(all.empty() ? spec.str() + " holds no image"
                              : spec.str() + " has no such image; there are " + list_of(all));
    for (const Offer& offer : offers) {
      names_.clear();
      for (const Offer::Name& name : offer.names) names_.push_back(name.str());
      visit(offer.descriptor, 0);
    }
    if (out_.images.empty() && out_.findings.empty())
      throw Error(spec.str() + " has no image for " +
                  (request_.platform ? request_.platform->str() : std::string("any platform")));
    return std::move(out_);
  }

 private:
  /// A registry or an engine has looked the name up itself, digest and all.
  std::vector<Offer> wanted_of(const std::vector<Offer>& all, const SourceSpec& spec) const {
    const std::vector<Offer> named = offers_named(all, spec.reference);
    const bool is_file =
        spec.kind == SourceSpec::Kind::path || spec.kind == SourceSpec::Kind::stream;
    const std::optional<Digest> digest = is_file ? digest_in(spec.reference) : std::nullopt;
    return digest ? with_digest(*source_, named, *digest) : named;
  }

  bool is_wanted(const std::optional<Platform>& platform) const {
    return !request_.platform || !platform || best_platform({*platform}, *request_.platform);
  }

  /// Its documents are compared with their digests before they count, so an index cannot hold
  /// itself; but it may be deep.
  void visit(const Descriptor& descriptor, int depth) {
    if (!is_wanted(descriptor.platform) || !seen_.insert(descriptor.digest).second) return;
    try {
      const std::string text = source_->document(descriptor);
      if (document_kind(text) == DocumentKind::manifest) {
        add_image(descriptor, text);
      } else if (depth == kMaxIndexDepth) {
        throw Error("indexes lie in indexes, more than " + std::to_string(kMaxIndexDepth) +
                    " deep");
      } else {
        const Index index = parse_index(text);
        check_type(descriptor, index.media_type);
        for (const Descriptor& child : index.manifests) visit(child, depth + 1);
      }
    } catch (const Error& error) {
      out_.findings.push_back({descriptor.digest.str(), error.what()});
    }
  }

  void check_type(const Descriptor& descriptor, const std::string& is) {
    if (descriptor.media_type != is)
      out_.findings.push_back(
          {descriptor.digest.str(),
           "it is announced as " + quoted(descriptor.media_type) + ", and is " + quoted(is)});
  }

  void add_image(const Descriptor& descriptor, const std::string& text) {
    const Manifest manifest = parse_manifest(text);
    check_type(descriptor, manifest.media_type);
    VerifiedImage image{.manifest = descriptor.digest,
                        .names = names_,
                        .platform = descriptor.platform,
                        .findings = {},
                        .notes = {}};
    ImageCheck check(*source_, request_.access, image);
    const bool is_attestation = descriptor.platform && descriptor.platform->os == "unknown";
    if (is_image_config(manifest.config.media_type) && !is_attestation) {
      check.check(manifest);
    } else {
      image.platform = std::nullopt;
      image.notes.emplace_back("it is no image that runs: only its blobs are looked at");
      check.check_artifact(manifest);
    }
    if (is_wanted(image.platform)) out_.images.push_back(std::move(image));
  }

  const VerifyRequest& request_;
  std::shared_ptr<const ImageSource> source_;
  std::vector<std::string> names_;  ///< of the offer that is being visited
  std::set<Digest> seen_;
  Verification out_;
};

}  // namespace

bool Verification::sound() const {
  return findings.empty() && std::all_of(images.begin(), images.end(), [](const VerifiedImage& it) {
           return it.findings.empty();
         });
}

Verification verify_images(const VerifyRequest& request) { return SourceCheck(request).run(); }

}  // namespace pack
