#include "closure/later_opening.h"

namespace pack {

namespace {

std::string_view name_of(ElfDlopenNote::Priority priority) {
  switch (priority) {
    case ElfDlopenNote::Priority::suggested:
      return "suggested";
    case ElfDlopenNote::Priority::recommended:
      return "recommended";
    case ElfDlopenNote::Priority::required:
      return "required";
  }
  return "";
}

}  // namespace

LaterOpening later_opening(const std::string& opener, const ElfDlopenNote& note) {
  std::string purpose;
  if (!note.feature.empty()) purpose = quoted(note.feature);
  if (!note.description.empty())
    purpose += (purpose.empty() ? "" : ", ") + quoted(note.description);
  return {.opener = opener, .purpose = std::move(purpose), .priority = note.priority};
}

std::string describe_purpose(const LaterOpening& opening) {
  std::string out = opening.purpose.empty() ? "" : "for " + opening.purpose;
  if (opening.opener.empty()) return out;
  return out + (out.empty() ? "" : " ") + "(dlopen note, " +
         std::string(name_of(opening.priority)) + ")";
}

std::string describe(const LaterOpening& opening) {
  return "which " + (opening.opener.empty() ? "the C library" : quoted(opening.opener)) +
         " opens " + describe_purpose(opening);
}

}  // namespace pack
