#pragma once

#include <mutex>
#include <string>
#include <string_view>
#include <vector>

namespace pack {

/// The passwords and tokens that a conversation with a registry uses: servers repeat what they were
/// sent, and nothing of it may get into a message. For any thread.
class Secrets {
 public:
  /// Shorter ones than four bytes are in every text by chance, and are not looked for.
  void add(std::string secret);

  /// `text` with *** for each secret, also where it is written as in a URL, in JSON or as quoted()
  /// would write it.
  std::string without(std::string text) const;

  /// The body of an answer: where it is JSON, its strings are cleaned as they will be read, however
  /// they are escaped.
  std::string without_in_body(std::string_view body) const;

 private:
  mutable std::mutex mutex_;
  std::vector<std::string> forms_;  // the longest first: it may hold another
};

}  // namespace pack
