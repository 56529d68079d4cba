#include "transport/output.h"

#include <filesystem>
#include <set>
#include <utility>

#include "base/error.h"
#include "base/unkillable.h"

namespace pack {

namespace {

namespace fs = std::filesystem;

/// The same text for two spellings of one place.
std::string place(const DestinationSpec& spec) {
  using Kind = DestinationSpec::Kind;
  if (spec.kind == Kind::stream || spec.kind == Kind::daemon || spec.kind == Kind::registry)
    return spec.str();
  std::error_code error;
  fs::path path = fs::weakly_canonical(fs::absolute(spec.path), error);
  if (error) path = fs::absolute(spec.path).lexically_normal();
  return path.has_filename() ? path.string() : path.parent_path().string();
}

bool is_stream(const std::string& path) {
  std::error_code error;
  const fs::file_status status = fs::status(path, error);
  return fs::is_fifo(status) || fs::is_character_file(status);
}

std::unique_ptr<Destination> open_destination(const DestinationSpec& spec, const Access& access) {
  switch (spec.kind) {
    case DestinationSpec::Kind::oci_layout:
      return open_oci_layout(spec);
    case DestinationSpec::Kind::rootfs:
      return open_rootfs_folder(spec, access);
    case DestinationSpec::Kind::daemon:
      return open_daemon(spec, access);
    case DestinationSpec::Kind::registry:
      return open_registry(spec, access);
    case DestinationSpec::Kind::stream:
      return open_stream(spec);
    case DestinationSpec::Kind::archive:
      break;
  }
  if (!is_stream(spec.path)) return open_archive_file(spec);
  DestinationSpec stream = spec;
  stream.kind = DestinationSpec::Kind::stream;
  return open_stream(stream);
}

}  // namespace

Output::Output(std::vector<std::unique_ptr<Destination>> destinations, uint64_t layer_size,
               Progress* progress)
    : destinations_(std::move(destinations)), layer_size_(layer_size), progress_(progress) {}

LayerSinks Output::sinks() {
  LayerSinks sinks;
  for (const auto& destination : destinations_) {
    if (auto bytes = destination->layer_bytes()) sinks.bytes.push_back(std::move(bytes));
    if (EntrySink* entries = destination->layer_entries()) sinks.entries.push_back(entries);
  }
  if (!progress_) return sinks;
  // All sinks see the same bytes, and none is far behind the others: so one of them is counted.
  progress_->expect("writing the layer", layer_size_);
  LayerBytes next = sinks.bytes.empty() ? LayerBytes() : std::move(sinks.bytes.back());
  if (next) sinks.bytes.pop_back();
  sinks.bytes.emplace_back(
      [next = std::move(next), progress = progress_](std::span<const std::byte> bytes) {
        if (next) next(bytes);
        progress->advance(bytes.size());
      });
  return sinks;
}

std::vector<Receipt> Output::commit(const Image& image) {
  std::vector<Receipt> receipts;
  for (const auto& destination : destinations_) receipts.push_back(destination->seal(image));
  for (const auto& destination : destinations_) destination->send();
  run_to_the_end([this] { publish(); });
  return receipts;
}

Receipt Output::store(const ImageContent& content) {
  Receipt receipt = destinations_.front()->store(content);
  destinations_.front()->send();
  run_to_the_end([this] { publish(); });
  return receipt;
}

void Output::publish() {
  size_t revealed = 0;
  try {
    for (; revealed < destinations_.size(); ++revealed) destinations_[revealed]->reveal();
  } catch (...) {
    while (revealed > 0) destinations_[--revealed]->undo();
    throw;
  }
  for (const auto& destination : destinations_) destination->settle();
}

Output open_output(const std::vector<DestinationSpec>& specs, const ImageDraft& draft,
                   const Access& access) {
  std::set<std::string> places;
  for (const DestinationSpec& spec : specs)
    if (!places.insert(place(spec)).second)
      throw UsageError("two outputs go to " + pack::quoted(spec.str()) + "; name each place once");
  std::vector<std::unique_ptr<Destination>> destinations;
  destinations.reserve(specs.size());
  for (const DestinationSpec& spec : specs) destinations.push_back(open_destination(spec, access));
  for (const auto& destination : destinations) destination->prepare(draft);
  return Output(std::move(destinations), draft.layer_size, access.progress);
}

Output open_output(const DestinationSpec& spec, const Access& access) {
  std::vector<std::unique_ptr<Destination>> destinations;
  destinations.push_back(open_destination(spec, access));
  return Output(std::move(destinations));
}

}  // namespace pack
