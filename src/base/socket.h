#pragma once

#include <chrono>
#include <string>

#include "base/connection.h"
#include "base/fd.h"

namespace pack {

/// A connected socket. Sockets do not block: every wait is one of poll(2), with a time limit.
class SocketConnection : public Connection {
 public:
  /// `peer` names the other side in messages.
  SocketConnection(Fd socket, std::string peer, std::chrono::milliseconds limit);

  size_t read(std::span<std::byte> into) override;
  void write(std::span<const std::byte> bytes) override;
  size_t write_until_answer(std::span<const std::byte> bytes) override;
  bool has_input() override;

 private:
  short wait(short events) const;
  void wait_for_more();
  size_t write_some(std::span<const std::byte> bytes);

  Fd socket_;
  std::string peer_;
  std::chrono::milliseconds limit_;
  // Of the answer that is coming, since its first byte or since it was last looked at.
  std::chrono::steady_clock::duration waited_{};
  uint64_t arrived_ = 0;
};

}  // namespace pack
