#pragma once

#include <string>
#include <vector>

#include "verification.h"

namespace pack {

/// What became of one IMAGE of the command line.
struct Verified {
  std::string image;          ///< as it was typed
  Verification verification;  ///< empty when there is an error
  std::string error;          ///< it could not be looked at; a sentence
};

enum class VerifyDetail { everything, findings };

/// For people: a line for each image, its findings and notes below.
std::string verify_text(const std::vector<Verified>& all, VerifyDetail detail);

std::string verify_json(const std::vector<Verified>& all);

}  // namespace pack
