#pragma once

#include <string>

#include "closure/closure.h"

namespace pack {

/// A process while its loader sets it up; one implementation for each C library's loader.
class ProcessBuilder {
 public:
  virtual ~ProcessBuilder() = default;

  virtual const ElfMachine& machine() const = 0;
  /// False for a static program.
  virtual bool has_loader() const = 0;

  /// Loads everything that the program needs, breadth first.
  virtual void load() = 0;
  /// Then loads a library and what it needs, as dlopen() called by the program would.
  virtual void open(const std::string& route) = 0;

  virtual Process finish() && = 0;
};

}  // namespace pack
