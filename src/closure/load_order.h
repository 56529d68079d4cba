#pragma once

#include <cstddef>
#include <optional>
#include <vector>

namespace pack {

/// The order in which glibc's loader goes through objects and looks symbols up in them
/// (_dl_map_object_deps in elf/dl-deps.c): breadth first, but what an object filters, or has as
/// auxiliary, comes right before that object. Objects are numbers from 0.
class LoadOrder {
 public:
  /// The next object whose dependencies nobody has asked for; nothing when all are done.
  /// Then append() and insert_before_current() are about its dependencies, until next() is called
  /// again.
  std::optional<size_t> next();
  /// At the end, unless it is in the order already.
  void append(size_t object);
  /// Right before the object that next() gave; from behind it an object moves there, too.
  void insert_before_current(size_t object);

  const std::vector<size_t>& order() const { return order_; }

 private:
  std::vector<size_t> order_;
  std::vector<bool> listed_;  ///< by object
  std::vector<bool> done_;    ///< likewise
  size_t at_ = 0;             ///< all before it are done
  size_t current_ = 0;        ///< where the object that next() gave stands now
};

}  // namespace pack
