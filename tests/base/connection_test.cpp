// Sockets and TLS against real peers: openssl s_server, and bare sockets where one must misbehave.

#include "base/connection.h"

#include <gtest/gtest.h>
#include <netinet/in.h>
#include <sys/socket.h>
#include <unistd.h>

#include <atomic>
#include <csignal>
#include <string_view>
#include <thread>
#include <vector>

#include "base/error.h"
#include "support/free_port.h"
#include "support/process.h"
#include "support/raw_server.h"
#include "support/shell.h"

namespace pack {
namespace {

using std::chrono::milliseconds;
using std::chrono::seconds;
using test::RawServer;

std::span<const std::byte> bytes(std::string_view text) { return std::as_bytes(std::span(text)); }

std::string read_line(Connection& connection) {
  std::string out;
  for (std::byte one; !out.ends_with('\n') && connection.read(std::span(&one, 1)) == 1;)
    out += static_cast<char>(one);
  return out;
}

template <typename Function>
std::string failure(Function function) {
  try {
    function();
  } catch (const Error& error) {
    return error.what();
  }
  return "none";
}

bool contains(const std::string& text, const std::string& part) {
  return text.find(part) != std::string::npos;
}

/// Waits for what a peer does in its own time.
template <typename Function>
bool becomes_true(Function function) {
  bool is_true = function();
  for (int i = 0; i < 500 && !is_true; ++i) {
    std::this_thread::sleep_for(milliseconds(10));
    is_true = function();
  }
  return is_true;
}

TEST(ConnectTcp, NamesThePlaceAndTheReason) {
  const uint16_t port = free_port();
  const std::string text = failure([&] { connect_tcp("127.0.0.1", port, {}); });
  EXPECT_TRUE(contains(text, "127.0.0.1:" + std::to_string(port))) << text;
  EXPECT_TRUE(contains(text, "Connection refused")) << text;
  EXPECT_TRUE(contains(failure([] { connect_tcp("no-such-host.invalid", 1, {}); }),
                       "no-such-host.invalid"));
  EXPECT_THROW(connect_tcp("127.0.0.1", port, {}), UnreachableError);
}

TEST(ConnectTcp, TriesAllAddressesOfAName) {
  // localhost is usually ::1 and 127.0.0.1; the server listens on the latter alone.
  const RawServer server([](int socket, int) { test::send_text(socket, "hello\n"); });
  EXPECT_EQ(read_line(*connect_tcp("localhost", server.port(), {})), "hello\n");
}

TEST(ConnectTcp, WaitsForASilentHostNoLongerThanItMay) {
  // A listener whose queue is full does not answer.
  const int listener = ::socket(AF_INET, SOCK_STREAM | SOCK_CLOEXEC, 0);
  sockaddr_in address{};
  socklen_t size = sizeof address;
  address.sin_family = AF_INET;
  address.sin_addr.s_addr = htonl(INADDR_LOOPBACK);
  ASSERT_EQ(::bind(listener, reinterpret_cast<sockaddr*>(&address), size), 0);
  ASSERT_EQ(::listen(listener, 0), 0);
  ::getsockname(listener, reinterpret_cast<sockaddr*>(&address), &size);
  std::vector<std::unique_ptr<Connection>> others;
  const auto started = std::chrono::steady_clock::now();
  const std::string text = failure([&] {
    for (int i = 0; i < 10; ++i)
      others.push_back(
          connect_tcp("127.0.0.1", ntohs(address.sin_port), {.connect = milliseconds(200)}));
  });
  ::close(listener);
  EXPECT_TRUE(contains(text, "timed out")) << text;
  EXPECT_LT(std::chrono::steady_clock::now() - started, seconds(3));
}

TEST(ConnectUnix, SpeaksBothWays) {
  const test::TemporaryFolder folder;
  const std::string path = folder.str() + "/socket";
  const RawServer server(
      [](int socket, int) { test::send_text(socket, "got " + test::read_head(socket)); }, path);
  const auto connection = connect_unix(path, {});
  connection->write(bytes("x\r\n\r\n"));
  EXPECT_EQ(read_line(*connection), "got x\r\n");
}

TEST(ConnectUnix, NamesThePathAndTheReason) {
  EXPECT_TRUE(contains(failure([] { connect_unix("/nowhere/s", {}); }), "/nowhere/s"));
  EXPECT_TRUE(contains(failure([] { connect_unix(std::string(200, 'x'), {}); }), "too long"));
}

TEST(Connection, APeerThatSaysNothingIsGivenUp) {
  std::atomic<bool> is_over = false;
  const RawServer server([&](int, int) {
    while (!is_over) std::this_thread::sleep_for(milliseconds(5));
  });
  const auto connection = connect_tcp("127.0.0.1", server.port(), {.transfer = milliseconds(100)});
  std::byte one;
  EXPECT_TRUE(contains(failure([&] { connection->read(std::span(&one, 1)); }), "100 ms"));
  // Nor does it read.
  const std::string text(64 << 20, 'x');
  EXPECT_TRUE(contains(failure([&] { connection->write(bytes(text)); }), "100 ms"));
  is_over = true;
}

TEST(Connection, AnAnswerThatDripsIsGivenUp) {
  const RawServer server([](int socket, int) {
    test::read_head(socket);
    // Never silent for as long as it may be, and never done.
    for (int i = 0; i < 200 && test::send_text(socket, "x"); ++i)
      std::this_thread::sleep_for(milliseconds(20));
  });
  const auto connection = connect_tcp("127.0.0.1", server.port(), {.transfer = milliseconds(300)});
  connection->write(bytes("x\r\n\r\n"));
  const auto started = std::chrono::steady_clock::now();
  EXPECT_TRUE(contains(failure([&] { read_line(*connection); }), "too slow"));
  EXPECT_LT(std::chrono::steady_clock::now() - started, seconds(2));
}

TEST(Connection, SlowIsNotDripping) {
  const std::string line = std::string(600, 'x') + '\n';
  const RawServer server([&](int socket, int) {
    for (int i = 0; i < 2; ++i) {
      test::read_head(socket);
      // It thinks nearly as long as it may, and then takes twice as long for the answer.
      std::this_thread::sleep_for(milliseconds(200));
      for (int piece = 0; piece < 30; ++piece) {
        test::send_text(socket, piece < 29 ? std::string(600, 'x') : line);
        std::this_thread::sleep_for(milliseconds(20));
      }
    }
  });
  const auto connection = connect_tcp("127.0.0.1", server.port(), {.transfer = milliseconds(300)});
  for (int i = 0; i < 2; ++i) {
    connection->write(bytes("x\r\n\r\n"));
    EXPECT_EQ(read_line(*connection).size(), 30 * 600 + 1u);
  }
}

TEST(Connection, WritingStopsWhenThereIsAnAnswer) {
  std::atomic<bool> is_over = false;
  const RawServer server([&](int socket, int) {
    test::read_head(socket);
    test::send_text(socket, "stop\n");
    while (!is_over) std::this_thread::sleep_for(milliseconds(5));
  });
  const auto connection = connect_tcp("127.0.0.1", server.port(), {.transfer = seconds(10)});
  EXPECT_FALSE(connection->has_input());
  const std::string text = "x\r\n\r\n" + std::string(64 << 20, 'x');
  EXPECT_LT(connection->write_until_answer(bytes(text)), text.size());
  EXPECT_TRUE(connection->has_input());
  EXPECT_EQ(read_line(*connection), "stop\n");
  is_over = true;
}

TEST(Connection, TheEndIsInput) {
  const RawServer server([](int, int) {});
  const auto connection = connect_tcp("127.0.0.1", server.port(), {});
  EXPECT_TRUE(becomes_true([&] { return connection->has_input(); }));
  std::byte one;
  EXPECT_EQ(connection->read(std::span(&one, 1)), 0u);
}

/// An authority and certificates of all kinds, made once, by openssl(1).
class TlsTest : public testing::Test {
 protected:
  static void SetUpTestSuite() {
    folder_ = std::make_unique<test::TemporaryFolder>();
    const test::ToolRun made = test::run("cd " + folder_->str() + R"(
      set -e
      key="-newkey ec -pkeyopt ec_paramgen_curve:prime256v1 -nodes"
      for ca in ca other; do
        openssl req -x509 $key -keyout $ca.key -out $ca.pem -subj /CN=$ca -days 2
      done
      sign() { # NAME SAN DAYS CA
        openssl req $key -keyout $1.key -out $1.csr -subj /CN=$1
        echo "subjectAltName=$2" > $1.ext
        openssl x509 -req -in $1.csr -CA $4.pem -CAkey $4.key -CAcreateserial -days $3 \
          -extfile $1.ext -out $1.pem
      }
      sign local DNS:localhost,IP:127.0.0.1 2 ca
      sign name DNS:localhost 2 ca
      sign expired DNS:localhost -1 ca
      sign client DNS:client 2 ca
      sign stranger DNS:client 2 other
    )");
    ASSERT_EQ(made.status, 0) << made.output;
  }
  static void TearDownTestSuite() { folder_.reset(); }

  static std::string file(const std::string& name) { return folder_->str() + "/" + name; }

  /// `openssl s_server` that sends each line back, reversed.
  struct Server {
    explicit Server(const std::string& certificate, std::vector<std::string> more = {})
        : port(free_port()), process(command(port, certificate, more)) {
      EXPECT_TRUE(becomes_true([this] { return is_listening(port); }));
    }
    static Command command(uint16_t port, const std::string& certificate,
                           const std::vector<std::string>& more) {
      std::vector<std::string> all = {"openssl", "s_server",
                                      "-accept", "127.0.0.1:" + std::to_string(port),
                                      "-cert",   file(certificate + ".pem"),
                                      "-key",    file(certificate + ".key"),
                                      "-rev",    "-quiet"};
      all.insert(all.end(), more.begin(), more.end());
      return {.argv = all};
    }
    uint16_t port;
    StartedProcess process;
  };

  static std::unique_ptr<Connection> connect(const Server& server, const TlsTrust& trust,
                                             const std::string& host = "localhost") {
    return start_tls(connect_tcp("127.0.0.1", server.port, {.transfer = seconds(10)}), host, trust);
  }
  static TlsTrust trust() { return {.ca_file = file("ca.pem")}; }

  /// A certificate error, with this in it.
  static void expect_untrusted(const Server& server, const TlsTrust& trust, const std::string& host,
                               const std::string& part) {
    try {
      connect(server, trust, host);
      ADD_FAILURE() << "was trusted";
    } catch (const TlsError& error) {
      EXPECT_TRUE(contains(error.what(), part)) << error.what();
      EXPECT_TRUE(contains(error.what(), host)) << error.what();
    }
  }

  static std::unique_ptr<test::TemporaryFolder> folder_;
};
std::unique_ptr<test::TemporaryFolder> TlsTest::folder_;

TEST_F(TlsTest, ATrustedServerIsSpokenTo) {
  const Server server("local");
  for (const char* host : {"localhost", "LOCALHOST", "localhost.", "127.0.0.1"}) {
    const auto connection = connect(server, trust(), host);
    connection->write(bytes("hello\n"));
    EXPECT_EQ(read_line(*connection), "olleh\n") << host;
  }
}

TEST_F(TlsTest, TheAuthorityMayBeTheSystems) {
  const Server server("local");
  EXPECT_NO_THROW(connect(server, {.system_ca_file = file("ca.pem")}));
  ASSERT_EQ(test::run("cd " + folder_->str() +
                      " && mkdir hashed && cp ca.pem hashed && "
                      "openssl rehash hashed")
                .status,
            0);
  EXPECT_NO_THROW(connect(server, {.system_ca_folder = file("hashed")}));
  // SSL_CERT_FILE and SSL_CERT_DIR may be set both.
  EXPECT_NO_THROW(
      connect(server, {.system_ca_file = file("other.pem"), .system_ca_folder = file("hashed")}));
  EXPECT_NO_THROW(
      connect(server, {.ca_file = file("ca.pem"), .authorities = TlsTrust::Authorities::only}));
}

TEST_F(TlsTest, AServersOwnCertificateMayBeTrusted) {
  EXPECT_NO_THROW(connect(Server("local"), {.ca_file = file("local.pem")}));
}

TEST_F(TlsTest, WhatIsNotToBeTrustedIsRefused) {
  const Server local("local"), name("name"), expired("expired");
  expect_untrusted(local, {}, "localhost", "--tls-ca");
  expect_untrusted(local, {.ca_file = file("other.pem")}, "localhost", "issuer");
  expect_untrusted(local, trust(), "example.org", "ostname mismatch");
  expect_untrusted(name, trust(), "127.0.0.1", "IP address mismatch");
  expect_untrusted(expired, trust(), "localhost", "expired");
  expect_untrusted(local,
                   {.ca_file = file("other.pem"),
                    .system_ca_file = file("ca.pem"),
                    .authorities = TlsTrust::Authorities::only},
                   "localhost", "issuer");
}

TEST_F(TlsTest, UnverifiedIsUnverified) {
  EXPECT_NO_THROW(connect(Server("expired"), {.unverified = true}, "example.org"));
}

TEST_F(TlsTest, OldVersionsAreRefused) {
  const Server old("local", {"-tls1_1", "-cipher", "ALL@SECLEVEL=0"}), now("local", {"-tls1_2"});
  EXPECT_THROW(connect(old, trust()), TlsError);
  EXPECT_NO_THROW(connect(now, trust()));
}

TEST_F(TlsTest, APeerThatSpeaksNoTlsIsATlsError) {
  const RawServer server([](int socket, int) {
    test::send_text(socket, "HTTP/1.0 400 Bad Request\r\n\r\n");
    test::read_head(socket);
  });
  EXPECT_THROW(start_tls(connect_tcp("127.0.0.1", server.port(), {}), "localhost", trust()),
               TlsError);
}

TEST_F(TlsTest, AClientShowsItsCertificate) {
  const Server server("local", {"-Verify", "1", "-CAfile", file("ca.pem"), "-verify_return_error"});
  const auto answer = [&](const std::string& client) {
    TlsTrust mine = trust();
    if (!client.empty()) mine.client_certificate = file(client + ".pem");
    if (!client.empty()) mine.client_key = file(client + ".key");
    const auto connection = connect(server, mine);
    connection->write(bytes("hello\n"));
    return read_line(*connection);
  };
  EXPECT_EQ(answer("client"), "olleh\n");
  EXPECT_THROW(answer("stranger"), Error);
  EXPECT_THROW(answer(""), Error);
}

TEST_F(TlsTest, FilesThatAreNoneAreNamed) {
  const Server server("local");
  EXPECT_TRUE(
      contains(failure([&] { connect(server, {.ca_file = file("none.pem")}); }), "none.pem"));
  EXPECT_TRUE(contains(failure([&] { connect(server, {.ca_file = file("ca.key")}); }), "ca.key"));
  TlsTrust mixed = trust();
  mixed.client_certificate = file("client.pem");
  mixed.client_key = file("name.key");
  EXPECT_TRUE(contains(failure([&] { connect(server, mixed); }), "name.key"));
}

TEST_F(TlsTest, SessionTicketsAreNoInput) {
  // s_server sends two after the handshake (TLS 1.3).
  const Server server("local");
  const auto connection = connect(server, trust());
  std::this_thread::sleep_for(milliseconds(100));
  EXPECT_FALSE(connection->has_input());
  EXPECT_EQ(connection->write_until_answer(bytes("hello\n")), 6u);
  EXPECT_TRUE(becomes_true([&] { return connection->has_input(); }));
  EXPECT_EQ(read_line(*connection), "olleh\n");
  EXPECT_FALSE(connection->has_input());
}

TEST_F(TlsTest, WritingStopsWhenThereIsAnAnswer) {
  const Server server("local");
  const auto connection = connect(server, trust());
  // It answers the first line, and stalls on what is no line.
  const std::string text = "hello\n" + std::string(64 << 20, 'x');
  const size_t written = connection->write_until_answer(bytes(text));
  EXPECT_LT(written, text.size());
  EXPECT_EQ(read_line(*connection), "olleh\n");
}

TEST_F(TlsTest, AConnectionThatIsCutIsNoEnd) {
  Server server("local");
  const auto connection = connect(server, trust());
  connection->write(bytes("hello\n"));
  EXPECT_EQ(read_line(*connection), "olleh\n");
  server.process.send(SIGKILL);
  EXPECT_TRUE(becomes_true([&] { return connection->has_input(); }));
  EXPECT_TRUE(connection->has_input());
  std::byte one;
  EXPECT_THROW(connection->read(std::span(&one, 1)), Error);
  EXPECT_THROW(connection->read(std::span(&one, 1)), Error);
}

TEST_F(TlsTest, AFarewellIsTheEnd) {
  const Server server("local");
  const auto connection = connect(server, trust());
  connection->write(bytes("CLOSE\n"));
  std::byte one;
  EXPECT_EQ(connection->read(std::span(&one, 1)), 0u);
}

TEST_F(TlsTest, LargeAmountsArriveWhole) {
  const Server server("local", {"-tls1_3"});
  const auto connection = connect(server, trust());
  std::string line;
  for (int i = 0; line.size() < 8000; ++i) line += std::to_string(i);
  for (int i = 0; i < 200; ++i) {
    connection->write(bytes(line + "\n"));
    EXPECT_EQ(read_line(*connection), std::string(line.rbegin(), line.rend()) + "\n");
  }
}

}  // namespace
}  // namespace pack
