#pragma once

#include <memory>
#include <mutex>
#include <vector>

#include "transport/http.h"

namespace pack {

/// HTTP clients, with their kept connections, for whichever thread needs one next.
class ClientPool {
 public:
  explicit ClientPool(HttpClient::Connect connect);

  /// A used one, if there is one.
  std::unique_ptr<HttpClient> take();
  /// One whose last response was read to its end. Others just go.
  void give_back(std::unique_ptr<HttpClient> client);

 private:
  HttpClient::Connect connect_;
  std::mutex mutex_;
  std::vector<std::unique_ptr<HttpClient>> idle_;
};

/// `body`, which `client` is downloading; `pool` gets the client back when it was read to its end.
ByteReader pooled(ByteReader body, std::unique_ptr<HttpClient> client,
                  std::shared_ptr<ClientPool> pool);

}  // namespace pack
