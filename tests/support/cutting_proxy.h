#pragma once

#include <cstdint>
#include <memory>
#include <string>

namespace pack {

/// A TCP proxy on 127.0.0.1 in front of a server there: the bad line. It passes everything on
/// until it is told to cut connections.
class CuttingProxy {
 public:
  explicit CuttingProxy(uint16_t server_port);
  ~CuttingProxy();
  CuttingProxy(const CuttingProxy&) = delete;
  CuttingProxy& operator=(const CuttingProxy&) = delete;

  enum class Direction { to_server, to_client };
  /// From now on, `times` connections are cut as soon as `bytes` bytes have passed in that
  /// direction since now or since their begin; the byte after those is lost.
  void cut(Direction direction, uint64_t bytes, int times = 1);
  /// How many connections were cut.
  int cuts() const;
  /// The most connections that there were at one time.
  int most_at_once() const;
  /// Bytes that have passed in that direction, all connections together.
  uint64_t passed(Direction direction) const;

  std::string authority() const;  ///< "127.0.0.1:PORT"

 private:
  struct State;
  std::unique_ptr<State> state_;
};

}  // namespace pack
