#pragma once

#include <gtest/gtest.h>

#include <string>

namespace pack {

/// True when `program` is on PATH (or in the sbin folders, which an ordinary user's PATH lacks).
bool on_path(const std::string& program);

/// True in continuous integration (CI=true), where everything is to be there.
bool in_ci();

}  // namespace pack

/// Leaves the test with a reason when what it needs is not on this machine. In CI, where nothing
/// may be missing, that is a failure.
#define PACK_REQUIRE(condition, what)                                            \
  do {                                                                           \
    if (!(condition)) {                                                          \
      if (::pack::in_ci()) FAIL() << "CI must have what is missing: " << (what); \
      GTEST_SKIP() << "needs " << (what);                                        \
    }                                                                            \
  } while (false)

#define PACK_REQUIRE_TOOL(name) \
  PACK_REQUIRE(::pack::on_path(name), std::string("the program ") + (name))
#define PACK_REQUIRE_ROOT() PACK_REQUIRE(geteuid() == 0, "to be root")
