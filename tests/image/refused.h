#pragma once

#include <string>

#include "base/error.h"

namespace pack::test {

/// The sentence with which a call fails for the user's mistake; empty when it does not.
template <typename Call>
std::string refused(const Call& call) {
  try {
    (void)call();
  } catch (const UsageError& error) {
    return error.what();
  }
  return "";
}

}  // namespace pack::test
