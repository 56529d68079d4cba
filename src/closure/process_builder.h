#pragma once

#include <optional>
#include <string>

#include "closure/closure.h"

namespace pack {

/// What becomes of a name that leads to no file.
enum class IfMissing {
  noted,       ///< it is in Process::unresolved
  passed_over  ///< the caller has another way
};

/// A process while its loader sets it up; one implementation for each C library's loader.
class ProcessBuilder {
 public:
  virtual ~ProcessBuilder() = default;

  virtual const ElfMachine& machine() const = 0;
  /// False for a static program.
  virtual bool has_loader() const = 0;
  /// It can load libraries while it runs: static programs of glibc's have that loader inside.
  virtual bool can_open() = 0;

  /// Loads everything that the program needs, breadth first.
  virtual void load() = 0;
  /// Then loads a library and what it needs, as dlopen() called by the program would.
  virtual void open(const std::string& route) = 0;

  virtual Process finish() && = 0;

 protected:
  /// What dlopen(`name`) called by an object opens; it is loaded with what it needs.
  virtual std::optional<size_t> open_from(size_t object, const std::string& name,
                                          IfMissing missing) = 0;
  /// The route at which open_from() would find it; empty when it would not.
  virtual std::string find_from(size_t object, const std::string& name) = 0;

  /// open_from() for a reason, which the edge tells. False when it is not found.
  bool try_open(Process& process, size_t object, const std::string& name,
                const LaterOpening& opening);
  /// Opens what the dlopen notes of an object of `process` ask for.
  void open_noted(Process& process, size_t object);

 private:
  void note_missing(Process& process, size_t object, const ElfDlopenNote& note,
                    const LaterOpening& opening);
};

}  // namespace pack
