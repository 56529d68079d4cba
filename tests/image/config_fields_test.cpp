#include "image/config_fields.h"

#include <gtest/gtest.h>

#include "image/refused.h"
#include "support/shell.h"

namespace pack {
namespace {

using test::refused;
using Texts = std::vector<std::string>;

TEST(ExposedPort, IsTcpUnlessSaid) {
  EXPECT_EQ(parse_exposed_port("8080"), Texts{"8080/tcp"});
  EXPECT_EQ(parse_exposed_port("8080/tcp"), Texts{"8080/tcp"});
  EXPECT_EQ(parse_exposed_port("53/UDP"), Texts{"53/udp"});
  EXPECT_EQ(parse_exposed_port("9/sctp"), Texts{"9/sctp"});
  EXPECT_EQ(parse_exposed_port("65535"), Texts{"65535/tcp"});
}

TEST(ExposedPort, ARangeIsEachOfItsPorts) {
  EXPECT_EQ(parse_exposed_port("8000-8002/udp"), (Texts{"8000/udp", "8001/udp", "8002/udp"}));
  EXPECT_EQ(parse_exposed_port("1-65535").size(), 65535U);
}

TEST(ExposedPort, RefusesOthers) {
  const auto why = [](std::string_view text) {
    return refused([&] { return parse_exposed_port(text); });
  };
  EXPECT_EQ(
      why("80:8080"),
      "exposed port 80:8080: an image only says its own port, such as 8080/tcp; `docker run -p` "
      "maps it");
  EXPECT_EQ(why("80/http"), "exposed port 80/http: the protocol must be tcp, udp or sctp");
  EXPECT_EQ(why("9-8"), "exposed port 9-8: the range ends before it begins; swap its two ports");
  for (const auto* text : {"", "/tcp", "0", "65536", "-1", "1-", "-", "1-2-3", "+1", " 1", "x",
                           "80/", "4294967376", "99999999999999999999"})
    EXPECT_NE(why(text), "") << text;
}

TEST(StopSignal, IsSpelledAsOciDoes) {
  EXPECT_EQ(parse_stop_signal("SIGTERM"), "SIGTERM");
  EXPECT_EQ(parse_stop_signal("TERM"), "SIGTERM");
  EXPECT_EQ(parse_stop_signal("sigquit"), "SIGQUIT");
  EXPECT_EQ(parse_stop_signal("15"), "15");
  EXPECT_EQ(parse_stop_signal("SIGRTMIN"), "SIGRTMIN");
  EXPECT_EQ(parse_stop_signal("SIGRTMIN+3"), "SIGRTMIN+3");
  EXPECT_EQ(parse_stop_signal("RTMAX-14"), "SIGRTMAX-14");
}

TEST(StopSignal, KnowsAllThatTheShellKnows) {
  PACK_REQUIRE_TOOL("bash");
  const test::ToolRun names = test::run("bash -c 'for n in {1..31}; do kill -l $n; done'");
  std::string_view rest = names.output;
  int count = 0;
  for (; !rest.empty(); ++count) {
    const std::string_view name = rest.substr(0, rest.find('\n'));
    rest.remove_prefix(name.size() + 1);
    EXPECT_EQ(parse_stop_signal(name), "SIG" + std::string(name));
  }
  EXPECT_EQ(count, 31);
}

TEST(StopSignal, RefusesOthers) {
  const auto why = [](std::string_view text) {
    return refused([&] { return parse_stop_signal(text); });
  };
  EXPECT_EQ(why("SIGFOO"),
            "stop signal SIGFOO: no such signal on Linux; write one such as SIGTERM or SIGRTMIN+3");
  EXPECT_EQ(why("65"), "stop signal 65: signal numbers go from 1 to 64");
  for (const auto* text : {"", "0", "-9", "SIG", "SIGSIGTERM", "RTMIN+", "RTMIN+0", "RTMIN+16",
                           "RTMIN-1", "RTMAX-15", "RTMIN+03", "RTMIN+3x", "TERM ", "99999999999"})
    EXPECT_NE(why(text), "") << text;
}

TEST(User, IsANameOrANumberPerhapsWithAGroup) {
  for (const auto* text : {"nobody", "1000", "1000:1000", "www-data:www-data", "0:adm", "_apt",
                           "2147483647:0", "first.last"})
    EXPECT_EQ(parse_user(text), text);
}

TEST(User, RefusesOthers) {
  const auto why = [](std::string_view text) { return refused([&] { return parse_user(text); }); };
  const std::string range = ": user and group numbers go from 0 to 2147483647";
  EXPECT_EQ(why("4294967296"), "user 4294967296" + range);
  EXPECT_EQ(why("4294967295"), "user 4294967295" + range);
  EXPECT_EQ(why("0:2147483648"), "user 0:2147483648" + range);
  for (const auto* text : {"", ":", ":0", "0:", "0:0:0", "-1", "+1", "a b", "a/b", "a\n", "0:-1"})
    EXPECT_NE(why(text), "") << text;
}

TEST(Env, ALaterSettingOfAVariableReplacesTheEarlier) {
  Texts env = {"PATH=/bin", "A=1"};
  set_env(env, "A=2=3");
  set_env(env, "AB=");
  set_env(env, "PATH=/usr/bin");
  EXPECT_EQ(env, (Texts{"PATH=/usr/bin", "A=2=3", "AB="}));
}

TEST(Env, RefusesWhatHasNoNameOrNoValue) {
  const auto why = [](std::string_view text) { return refused([&] { return parse_env(text); }); };
  EXPECT_EQ(
      why("HOME"),
      "environment variable HOME: it has no value; write NAME=VALUE (pack takes none from its "
      "own environment)");
  EXPECT_EQ(why("=x"), "environment variable =x: the name before '=' is missing");
  EXPECT_EQ(
      why("K=\xff"),
      "environment variable: \"K=\\xff\" is not UTF-8, and image metadata can hold nothing else; "
      "write it in UTF-8");
  EXPECT_EQ(why({"K=\0V", 4}),
            "environment variable: \"K=\\x00V\" holds a NUL byte; write it without");
}

TEST(Label, WithoutAValueIsEmpty) {
  EXPECT_EQ(parse_label("a=b=c"), (std::pair<std::string, std::string>{"a", "b=c"}));
  EXPECT_EQ(parse_label("a"), (std::pair<std::string, std::string>{"a", ""}));
  EXPECT_EQ(parse_label("a="), (std::pair<std::string, std::string>{"a", ""}));
  EXPECT_EQ(refused([] { return parse_label("=b"); }),
            "label =b: the key is missing; write KEY=VALUE");
  EXPECT_NE(refused([] { return parse_label(""); }), "");
}

TEST(Paths, AreAbsoluteAndFolded) {
  EXPECT_EQ(parse_working_dir("/srv/./a//b/../"), "/srv/a");
  EXPECT_EQ(parse_working_dir("/"), "/");
  EXPECT_EQ(parse_volume("/data/"), "/data");
  EXPECT_EQ(refused([] { return parse_working_dir("srv"); }),
            "working directory srv: it must be an absolute path; write it with a leading '/'");
  EXPECT_EQ(
      refused([] { return parse_volume("/host:/data"); }),
      "volume /host:/data: an image only says the path inside; `docker run -v` gives it a folder "
      "of the host");
  EXPECT_NE(refused([] { return parse_volume("/a/.."); }), "");
  EXPECT_NE(refused([] { return parse_volume(""); }), "");
}

}  // namespace
}  // namespace pack
