#include "transport/url.h"

#include <gtest/gtest.h>

#include <sstream>
#include <string>
#include <vector>

#include "base/error.h"
#include "support/shell.h"

namespace pack {
namespace {

std::string whole(const Url& url) { return url.scheme + "://" + url.authority() + url.target; }

TEST(ParseUrl, SplitsAndCompletes) {
  const Url url = parse_url("HTTPS://Registry.Example:5000/v2/?n=1#part");
  EXPECT_EQ(url.scheme, "https");
  EXPECT_EQ(url.host, "registry.example");
  EXPECT_EQ(url.port, 5000);
  EXPECT_EQ(url.target, "/v2/?n=1");
  EXPECT_EQ(parse_url("http://a").port, 80);
  EXPECT_EQ(parse_url("https://a:").port, 443);
  EXPECT_EQ(parse_url("https://a?q").target, "/?q");
  const Url six = parse_url("http://[::1]:5000/x");
  EXPECT_EQ(six.host, "::1");
  EXPECT_EQ(six.authority(), "[::1]:5000");
  EXPECT_EQ(parse_url("https://[fe80::2]").authority(), "[fe80::2]");
}

TEST(ParseUrl, BytesThatARequestCannotHoldAreEncoded) {
  EXPECT_EQ(parse_url("https://a/\xc3\xa4?x=\xff").target, "/%C3%A4?x=%FF");
}

class RefusedUrl : public testing::TestWithParam<const char*> {};
INSTANTIATE_TEST_SUITE_P(Texts, RefusedUrl,
                         testing::Values("", "a/b", "ftp://a/", "file:///etc/passwd", "https:/a",
                                         "https://", "https://:5000/", "https://a:0/",
                                         "https://a:65536/", "https://a:8x/", "https://a b/",
                                         "https://a/\r\nX: y", "https://[::1/", "https://[::1]x/",
                                         "https://[x]/", "https://us%65r/", "https://\xc3\xa4/",
                                         "https://user:secret@host/"));
TEST_P(RefusedUrl, IsAnError) { EXPECT_THROW(parse_url(GetParam()), Error); }

TEST(ParseUrl, ErrorsShowNoSecret) {
  for (const char* text : {"https://user:hidden@host/", "ftp://user:hidden@host/x",
                           "ftp://host/?token=hidden", "https://a b/?token=hidden"}) {
    try {
      parse_url(text);
      FAIL() << text;
    } catch (const Error& error) {
      EXPECT_EQ(std::string(error.what()).find("hidden"), std::string::npos) << error.what();
    }
  }
  EXPECT_EQ(parse_url("https://a/b?token=hidden").str(), "https://a/b");
}

TEST(ResolveUrl, IsWhatPythonMakesOfIt) {
  PACK_REQUIRE_TOOL("python3");
  // RFC 3986, 5.4, without the schemes that are not http's, and what registries send.
  const std::string base = "http://a.example:5000/b/c/d;p?q";
  const std::vector<std::string> locations = {"g",
                                              "./g",
                                              "g/",
                                              "/g",
                                              "//g.example",
                                              "?y",
                                              "g?y",
                                              "g;x",
                                              "g;x?y",
                                              "",
                                              ".",
                                              "./",
                                              "..",
                                              "../",
                                              "../g",
                                              "../..",
                                              "../../",
                                              "../../g",
                                              "../../../g",
                                              "/./g",
                                              "/../g",
                                              "g.",
                                              ".g",
                                              "g..",
                                              "..g",
                                              "./../g",
                                              "./g/.",
                                              "g/./h",
                                              "g/../h",
                                              "g;x=1/./y",
                                              "g;x=1/../y",
                                              "g?y/./x",
                                              "g?y/../x",
                                              "/v2/x/blobs/uploads/1?_state=a%2Fb==",
                                              "https://other.example/x?y=../z"};
  std::string command =
      "python3 -c 'import sys, urllib.parse\n"
      "for l in sys.argv[2:]: print(urllib.parse.urljoin(sys.argv[1], l))' '" +
      base + "'";
  for (const std::string& location : locations) command += " '" + location + "'";
  const test::ToolRun python = test::run(command);
  ASSERT_EQ(python.status, 0) << python.output;
  std::istringstream lines(python.output);
  for (const std::string& location : locations) {
    std::string line;
    ASSERT_TRUE(std::getline(lines, line));
    EXPECT_EQ(whole(resolve_url(parse_url(base), location)), whole(parse_url(line))) << location;
  }
}

TEST(ResolveUrl, LeadsToNoOtherScheme) {
  const Url base = parse_url("https://a/b");
  EXPECT_THROW(resolve_url(base, "file:///etc/passwd"), Error);
  EXPECT_THROW(resolve_url(base, "javascript:x"), Error);
  EXPECT_THROW(resolve_url(base, "/x\r\nSet-Cookie: y"), Error);
}

TEST(UrlEncode, IsUndoneByPython) {
  PACK_REQUIRE_TOOL("python3");
  const std::string value = "repository:a/b:pull,push &=+%\"\xc3\xa4";
  const test::ToolRun python =
      test::run("python3 -c 'import urllib.parse; print(urllib.parse.unquote_plus(\"" +
                url_encode(value) + "\"))'");
  EXPECT_EQ(python.output, value + "\n");
}

TEST(SameOrigin, IsSchemeHostAndPort) {
  const Url url = parse_url("https://a.example/x");
  EXPECT_TRUE(url.same_origin(parse_url("https://A.example:443/y")));
  EXPECT_FALSE(url.same_origin(parse_url("http://a.example/x")));
  EXPECT_FALSE(url.same_origin(parse_url("https://a.example:444/x")));
  EXPECT_FALSE(url.same_origin(parse_url("https://b.example/x")));
}

}  // namespace
}  // namespace pack
