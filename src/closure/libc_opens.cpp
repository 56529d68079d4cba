// glibc opens some libraries with dlopen() of its own, which no DT_NEEDED tells:
//
//   libgcc_s.so.1   to unwind the stack: pthread_cancel and pthread_exit abort the program when it
//                   is not there ("libgcc_s.so.1 must be installed for pthread_exit to work"),
//                   backtrace returns nothing (misc/unwind-link.c, nptl/pthread_cancel.c);
//   libnss_files.so.2, libnss_dns.so.2
//                   to look up users, groups and hosts, until glibc 2.33; since 2.34 they are part
//                   of libc.so.6 itself (nss/nss_module.c).
//
// What else it opens depends on arguments and on files that imports do not show: character sets
// (gconv), other name services of nsswitch.conf, libidn2 for AI_IDN.

#include "closure/libc_opens.h"

#include <algorithm>

namespace pack {

namespace {

struct Rule {
  std::string_view library;
  std::string_view not_since;  ///< the symbol version of the glibc that needs it no more
  std::vector<std::string_view> functions;
};

const std::vector<Rule>& rules() {
  static const std::vector<Rule> kRules = {
      {"libgcc_s.so.1", "", {"pthread_cancel", "pthread_exit", "thrd_exit", "backtrace"}},
      {"libnss_files.so.2",
       "GLIBC_2.34",
       {"getpwnam",       "getpwnam_r",       "getpwuid",      "getpwuid_r",      "getpwent",
        "getgrnam",       "getgrnam_r",       "getgrgid",      "getgrgid_r",      "getgrouplist",
        "initgroups",     "getaddrinfo",      "getnameinfo",   "gethostbyname",   "gethostbyname_r",
        "gethostbyname2", "gethostbyname2_r", "gethostbyaddr", "gethostbyaddr_r", "getservbyname",
        "getservbyport",  "getprotobyname"}},
      {"libnss_dns.so.2",
       "GLIBC_2.34",
       {"getaddrinfo", "getnameinfo", "gethostbyname", "gethostbyname_r", "gethostbyname2",
        "gethostbyname2_r", "gethostbyaddr", "gethostbyaddr_r"}},
  };
  return kRules;
}

bool contains(const auto& list, std::string_view item) {
  return std::find(list.begin(), list.end(), item) != list.end();
}

}  // namespace

std::vector<std::string_view> libc_opens_imports() {
  std::vector<std::string_view> names;
  for (const Rule& rule : rules())
    for (const std::string_view function : rule.functions)
      if (!contains(names, function)) names.push_back(function);
  return names;
}

std::vector<LibcOpens> libc_opens(const ElfFacts& libc, const ElfFacts& importer) {
  std::vector<LibcOpens> opens;
  for (const Rule& rule : rules()) {
    if (!rule.not_since.empty() && contains(libc.versions_defined, rule.not_since)) continue;
    const auto called =
        std::find_if(importer.watched_imports.begin(), importer.watched_imports.end(),
                     [&](const std::string& import) { return contains(rule.functions, import); });
    if (called != importer.watched_imports.end())
      opens.push_back({std::string(rule.library), *called});
  }
  return opens;
}

}  // namespace pack
