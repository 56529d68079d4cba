#include "cli/inspect_report.h"

#include <algorithm>
#include <array>

#include "base/error.h"
#include "cli/report_text.h"

namespace pack {

namespace {

constexpr size_t kTitleWidth = 12;

std::string row(const std::string& title, const std::string& value) {
  if (value.empty()) return {};
  return title + std::string(title.size() < kTitleWidth ? kTitleWidth - title.size() : 1, ' ') +
         value + '\n';
}

/// One value a line, below each other.
template <typename Values, typename Show>
std::string rows(const std::string& title, const Values& values, const Show& show) {
  std::string out;
  for (const auto& value : values) out += row(out.empty() ? title : "", show(value));
  return out;
}

std::string words(const std::vector<std::string>& all) {
  std::string out;
  for (const std::string& word : all) (out += out.empty() ? "" : " ") += quoted(word);
  return out;
}

std::string right(const std::string& text, size_t width) {
  return std::string(text.size() < width ? width - text.size() : 0, ' ') + text;
}

std::string names_rows(const Inspection& inspection) {
  return rows("name", inspection.image.references,
              [](const Reference& reference) { return reference.familiar(); });
}

std::string platforms_rows(const Inspection& inspection) {
  const StoredImage& image = inspection.image;
  std::string out = row("platform", image.config.platform.str());
  if (inspection.platforms.size() < 2) return out;
  out += row("index", inspection.top.descriptor.digest.str());
  return out + rows("", inspection.platforms, [](const OfferedPlatform& it) {
           return it.platform.str() + "  " + it.manifest.digest.str();
         });
}

std::string config_rows(const ImageConfig& config) {
  const auto plain = [](const std::string& text) { return quoted(text); };
  std::string out = row("created", config.created);
  out += row("author", config.author.empty() ? "" : quoted(config.author));
  out += row("entrypoint", words(config.entrypoint)) + row("cmd", words(config.cmd));
  out += rows("env", config.env, plain);
  out += row("user", config.user.empty() ? "" : quoted(config.user));
  out += row("workdir", config.working_dir.empty() ? "" : quoted(config.working_dir));
  out += rows("port", config.exposed_ports, plain) + rows("volume", config.volumes, plain);
  out += rows("label", config.labels, [](const auto& label) {
    return quoted(label.first) + "=" + (label.second.empty() ? "" : quoted(label.second));
  });
  out += row("stopsignal", config.stop_signal.empty() ? "" : quoted(config.stop_signal));
  return out + rows("", config.other,
                    [](const auto& member) { return quoted(member.first) + " " + member.second; });
}

/// The words of a command that the history tells, on one line.
std::string made_by(const History* entry) {
  static constexpr size_t kShown = 100;
  if (!entry) return {};
  const std::string& text = entry->created_by.empty() ? entry->comment : entry->created_by;
  if (text.empty()) return {};
  std::string line = quoted(text.substr(0, kShown));
  if (line.starts_with('"')) line = line.substr(1, line.size() - 2);
  return line + (text.size() > kShown ? "..." : "");
}

std::string layers_rows(const Inspection& inspection, const Paint& paint) {
  const StoredImage& image = inspection.image;
  std::string out;
  uint64_t total = image.manifest.config.size;
  for (size_t i = 0; i < image.manifest.layers.size(); ++i) {
    const Descriptor& layer = image.manifest.layers[i];
    total += layer.size;
    out += right(std::to_string(i + 1), 3) + "  " + layer.digest.str() + "  " +
           right(describe_size(layer.size), 7) + "  " + quoted(layer.media_type) + '\n';
    const std::string maker = made_by(history_of(image.config, i));
    if (!maker.empty()) out += "     " + paint.faint(maker) + '\n';
  }
  const size_t count = image.manifest.layers.size();
  return paint.strong(std::to_string(count) + (count == 1 ? " layer" : " layers") + ", " +
                      describe_size(total) + " with the config") +
         '\n' + out;
}

/// Steps of the history that made no layer: settings.
std::string settings_rows(const ImageConfig& config) {
  std::vector<const History*> empty;
  for (const History& entry : config.history)
    if (entry.empty_layer) empty.push_back(&entry);
  return rows("settings", empty, [](const History* entry) { return made_by(entry); });
}

std::string owner_of(const ImageFile& file) {
  return std::to_string(file.uid) + ':' + std::to_string(file.gid);
}

}  // namespace

std::string inspect_text(const Inspection& inspection, const Paint& paint) {
  const StoredImage& image = inspection.image;
  std::string out = paint.strong(quoted(image.origin)) + '\n' + names_rows(inspection);
  out += row("digest", image.document.descriptor.digest.str());
  out += row("type", quoted(image.document.descriptor.media_type));
  out += row("config", image.manifest.config.digest.str());
  out += platforms_rows(inspection) + config_rows(image.config);
  out += rows("annotation", image.manifest.annotations, [](const auto& annotation) {
    return quoted(annotation.first) + "=" + quoted(annotation.second);
  });
  return out + layers_rows(inspection, paint) + settings_rows(image.config);
}

std::string inspect_files(const Inspection& inspection) {
  const std::vector<ImageFile> files = list_files(*inspection.tree);
  size_t owner_width = 3, size_width = 1;
  for (const ImageFile& file : files) {
    owner_width = std::max(owner_width, owner_of(file).size());
    size_width = std::max(size_width, std::to_string(file.status.size).size());
  }
  std::string out;
  for (const ImageFile& file : files) {
    const bool has_size = file.status.kind == FileKind::regular;
    out += describe_mode(file.status.kind, file.status.mode) + ' ' +
           right(owner_of(file), owner_width) + ' ' +
           right(has_size ? std::to_string(file.status.size) : "-", size_width) + ' ' +
           right(std::to_string(file.layer + 1), 3) + ' ' + quoted(file.path.str());
    if (file.status.kind == FileKind::symlink) out += " -> " + quoted(file.link_target);
    out += '\n';
  }
  return out;
}

}  // namespace pack
