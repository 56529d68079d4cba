#include "cli/print.h"

#include <iostream>

#include "base/error.h"

namespace pack {

void print_result(const std::string& text, std::FILE* stream) {
  if (std::fwrite(text.data(), 1, text.size(), stream) != text.size() || std::fflush(stream) != 0)
    throw_errno("writing the result");
}

void print_notes(const std::vector<std::string>& notes, const Paint& paint) {
  for (const std::string& note : notes)
    std::cerr << "pack: " << paint.odd("note:") << ' ' << note << '\n';
}

ExitStatus complain(const std::string& text, ExitStatus status) {
  std::cerr << "pack: " << text << '\n';
  return status;
}

}  // namespace pack
