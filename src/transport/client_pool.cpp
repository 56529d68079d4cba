#include "transport/client_pool.h"

#include <utility>

namespace pack {

namespace {

// As many as work at once; what a burst leaves beyond it is closed.
constexpr size_t kMaxIdle = 8;

struct PooledBody {
  std::shared_ptr<ClientPool> pool;
  std::unique_ptr<HttpClient> client;
  ByteReader body;  // empty: it has ended

  size_t read(std::span<std::byte> into) {
    if (!body) return 0;
    const size_t n = body(into);
    if (n == 0 && !into.empty()) {
      body = nullptr;
      pool->give_back(std::move(client));
    }
    return n;
  }
};

}  // namespace

ClientPool::ClientPool(HttpClient::Connect connect) : connect_(std::move(connect)) {}

std::unique_ptr<HttpClient> ClientPool::take() {
  {
    const std::lock_guard lock(mutex_);
    if (!idle_.empty()) {
      std::unique_ptr<HttpClient> client = std::move(idle_.back());
      idle_.pop_back();
      return client;
    }
  }
  return std::make_unique<HttpClient>(connect_);
}

void ClientPool::give_back(std::unique_ptr<HttpClient> client) {
  const std::lock_guard lock(mutex_);
  if (idle_.size() < kMaxIdle) idle_.push_back(std::move(client));
}

ByteReader pooled(ByteReader body, std::unique_ptr<HttpClient> client,
                  std::shared_ptr<ClientPool> pool) {
  const auto state = std::make_shared<PooledBody>(
      PooledBody{.pool = std::move(pool), .client = std::move(client), .body = std::move(body)});
  return [state](std::span<std::byte> into) { return state->read(into); };
}

}  // namespace pack
