#include "closure/load_order.h"

#include <algorithm>

namespace pack {

namespace {

bool test(const std::vector<bool>& flags, size_t object) {
  return object < flags.size() && flags[object];
}

void set(std::vector<bool>& flags, size_t object) {
  if (object >= flags.size()) flags.resize(object + 1);
  flags[object] = true;
}

}  // namespace

std::optional<size_t> LoadOrder::next() {
  while (at_ < order_.size() && test(done_, order_[at_])) ++at_;
  if (at_ == order_.size()) return std::nullopt;
  current_ = at_;
  set(done_, order_[current_]);
  return order_[current_];
}

void LoadOrder::append(size_t object) {
  if (test(listed_, object)) return;
  set(listed_, object);
  order_.push_back(object);
}

void LoadOrder::insert_before_current(size_t object) {
  const auto place = [&](size_t index) { return order_.begin() + static_cast<ptrdiff_t>(index); };
  if (test(listed_, object)) {
    const auto later = std::find(place(current_), order_.end(), object);
    if (later == order_.end()) return;  // it stands before already
    order_.erase(later);
  }
  set(listed_, object);
  order_.insert(place(current_), object);
  ++current_;
}

}  // namespace pack
