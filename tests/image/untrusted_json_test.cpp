#include "image/untrusted_json.h"

#include <gtest/gtest.h>

#include "support/pack_test.h"

namespace pack {
namespace {

std::string nested(size_t depth) { return std::string(depth, '[') + std::string(depth, ']'); }

TEST(UntrustedJson, AcceptsWhatEveryReaderReadsAlike) {
  for (const auto* text :
       {"{}", "[]", "null", R"({"a":{"b":1},"c":{"b":2}})", R"({"a":[{"b":1},{"b":2}]})",
        R"({"size":18446744073709551615,"f":-1.5e3})",
        R"({"annotations":{"A":"1","a":"2"},"Labels":{"A":"1","a":"2"}})",
        R"({"config":{"ExposedPorts":{"1/TCP":{},"1/tcp":{}},"Volumes":{"/A":{},"/a":{}}}})"})
    EXPECT_EQ(json_fault(text), "") << text;
}

TEST(UntrustedJson, RefusesAMemberTwiceInWhateverCase) {
  EXPECT_EQ(json_fault(R"({"layers":[],"layers":[]})"),
            "the member layers stands twice in one object");
  EXPECT_EQ(json_fault(R"({"layers":[],"Layers":[]})"),
            "the member Layers stands twice in one object");
  EXPECT_EQ(json_fault(R"({"layers":[{"digest":"","DIGEST":""}]})"),
            "the member DIGEST stands twice in one object");
  EXPECT_EQ(json_fault(R"({"annotations":{"a":"1","a":"2"}})"),
            "the member a stands twice in one object");
  EXPECT_EQ(json_fault(R"({"annotations":{"a":"1"},"Annotations":{"a":"2"}})"),
            "the member Annotations stands twice in one object");
}

TEST(UntrustedJson, RefusesWhatIsNotJson) {
  EXPECT_EQ(json_fault(""), "it is not JSON at byte 1");
  EXPECT_EQ(json_fault("{} x"), "it is not JSON at byte 4");
  EXPECT_EQ(json_fault("{\"a\":\"\xff\"}"), "it is not JSON at byte 7");
  EXPECT_EQ(json_fault("[1e999]"), "it holds a number that is too large");
}

TEST(UntrustedJson, BoundsTheWork) {
  EXPECT_EQ(json_fault(nested(32)), "");
  EXPECT_EQ(json_fault(nested(33)), "it is nested too deeply");
  EXPECT_EQ(json_fault(std::string(2000000, '[')), "it is nested too deeply");
  EXPECT_EQ(json_fault(std::string((4 << 20) + 1, ' ')), "it is larger than 4 MiB");
  EXPECT_EQ(json_fault(R"({"a":1,"b":2})", {.members = 1}), "an object has more than 1 members");
  std::string many = "{\"a\":0";
  for (int i = 0; i < 200000; ++i) many += ",\"" + std::to_string(i) + "\":0";
  const double before = now();
  EXPECT_EQ(json_fault(many + "}"), "");
  EXPECT_LT(now() - before, kSanitized ? 20 : 2);
}

/// Go itself says which names it takes for `disks`.
TEST(UntrustedJson, FoldsNamesAsGoDoes) {
  PACK_REQUIRE_TOOL("go");
  const std::vector<std::string> names = {
      "disks",        "Disks",        "DISKS",  "di\xc5\xbfks",           "dis\xe2\x84\xaas",
      "d\xc4\xb1sks", "d\xc4\xb0sks", "disks ", "DI\xc5\xbf\xe2\x84\xaaS"};
  const TempDir temp;
  write_file(temp / "fold.go", R"(package main
import ("encoding/json"; "fmt"; "os")
func main() {
  for _, name := range os.Args[1:] {
    document, _ := json.Marshal(map[string]int{name: 1})
    var read struct{ Disks int `json:"disks"` }
    json.Unmarshal(document, &read)
    fmt.Print(read.Disks)
  }
})");
  std::vector<std::string> argv = {"go", "run", (temp / "fold.go").string()};
  argv.insert(argv.end(), names.begin(), names.end());
  const Outcome go = run({.argv = argv,
                          .environment = {{"GOCACHE", (temp / "cache").string()},
                                          {"GO111MODULE", "off"},
                                          {"HOME", temp.path().string()}},
                          .timeout_seconds = 240});
  ASSERT_EQ(go.status, 0) << go;
  std::string ours;
  for (const std::string& name : names) ours += folded(name) == "disks" ? '1' : '0';
  EXPECT_EQ(ours, go.out);
}

}  // namespace
}  // namespace pack
