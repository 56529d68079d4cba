#include "image/text.h"

#include <nlohmann/json.hpp>
#include <string>

#include "base/error.h"

namespace pack {

void require_text(std::string_view text, std::string_view field) {
  const auto refuse = [&](std::string_view why) {
    throw UsageError(std::string(field) + ": " + quoted(text) + " " + std::string(why));
  };
  if (text.find('\0') != text.npos) refuse("holds a NUL byte; write it without");
  try {
    nlohmann::json(text).dump();
  } catch (const nlohmann::json::type_error&) {
    refuse("is not UTF-8, and image metadata can hold nothing else; write it in UTF-8");
  }
}

}  // namespace pack
