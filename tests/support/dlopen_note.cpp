#include "support/dlopen_note.h"

namespace pack {

std::string dlopen_note_source(const std::string& json) {
  std::string source =
      "__asm__(\".pushsection .note.dlopen,\\\"a\\\",@note\\n\"\n"
      "\".balign 4\\n.long 4, " +
      std::to_string(json.size() + 1) +
      ", 0x407c0c0a\\n.asciz \\\"FDO\\\"\\n\"\n"
      "\".byte ";
  for (const unsigned char byte : json) source += std::to_string(byte) + ',';
  return source + "0\\n.balign 4\\n.popsection\");\n";
}

std::string dlopen_note_bytes(const std::string& json) {
  const auto number = [](size_t value) {
    std::string out;
    for (int i = 0; i < 4; ++i, value >>= 8) out += static_cast<char>(value & 0xff);
    return out;
  };
  std::string note = number(4) + number(json.size() + 1) + number(0x407c0c0a);
  note += std::string("FDO\0", 4) + json + '\0';
  note.resize((note.size() + 3) / 4 * 4, '\0');
  return note;
}

}  // namespace pack
