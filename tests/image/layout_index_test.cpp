#include <gtest/gtest.h>

#include <nlohmann/json.hpp>

#include "base/error.h"
#include "image/manifest.h"

namespace pack {
namespace {

using Json = nlohmann::json;

Descriptor entry(std::string_view content, const std::string& name,
                 std::optional<Platform> platform = std::nullopt) {
  Descriptor out{std::string(kOciManifest), sha256(content), content.size(), {}, platform};
  if (!name.empty()) out.annotations[std::string(kRefNameAnnotation)] = name;
  return out;
}

std::string index_of(std::vector<Descriptor> entries) {
  Index index;
  index.manifests = std::move(entries);
  return to_json(index);
}

/// Why an index is refused; empty when it is not.
std::string why(const std::string& text) {
  try {
    (void)add_to_index(text, entry("new", "v1"));
  } catch (const Error& error) {
    return error.what();
  }
  return "";
}

TEST(AddToIndex, AppendsANewName) {
  EXPECT_EQ(add_to_index(index_of({entry("a", "v1")}), entry("b", "v2")),
            index_of({entry("a", "v1"), entry("b", "v2")}));
}

TEST(AddToIndex, ANameMovesToTheNewImage) {
  const Platform arm{"linux", "arm64", ""};
  EXPECT_EQ(add_to_index(index_of({entry("a", "v1", arm), entry("b", "v2"), entry("c", "v1")}),
                         entry("new", "v1")),
            index_of({entry("new", "v1"), entry("b", "v2")}));
}

TEST(AddToIndex, AddingTwiceIsAddingOnce) {
  const std::string once = add_to_index(index_of({entry("a", "x")}), entry("b", "v1"));
  EXPECT_EQ(add_to_index(once, entry("b", "v1")), once);
  const std::string nameless = add_to_index(once, entry("b", ""));
  EXPECT_EQ(Json::parse(nameless)["manifests"].size(), 3U);
  EXPECT_EQ(add_to_index(nameless, entry("b", "")), nameless);
}

TEST(AddToIndex, FillsTheEmptyIndexOfUmociInit) {
  const std::string added =
      add_to_index(R"({"schemaVersion":2,"manifests":null})", entry("a", "v1"));
  EXPECT_EQ(added, R"({"schemaVersion":2,"manifests":[)" + to_json(entry("a", "v1")) + "]}");
  EXPECT_EQ(add_to_index(R"({"schemaVersion":2})", entry("a", "v1")), added);
}

TEST(AddToIndex, KeepsAllThatItDoesNotKnow) {
  const std::string foreign =
      R"({"schemaVersion":2,"x":[1,-2,1.5,true,null,18446744073709551615],"manifests":[)"
      R"({"mediaType":"application/xml","size":1,"digest":"sha512:00","urls":["u"],"data":"e30=",)"
      R"("annotations":{"B":"1","b":"2"},"platform":{"os":"windows","os.version":"10"}}],)"
      R"("subject":{"size":3}})";
  Json expected = Json::parse(foreign);
  expected["manifests"].push_back(Json::parse(to_json(entry("a", "v1"))));
  EXPECT_EQ(Json::parse(add_to_index(foreign, entry("a", "v1"))), expected);
}

TEST(AddToIndex, RefusesWhatReadersWouldReadDifferently) {
  const std::string start = "index.json is no usable image index: ";
  const std::string end = "; write to another folder";
  EXPECT_EQ(why("{\"schemaVersion\":2"), start + "it is not JSON at byte 19" + end);
  EXPECT_EQ(why(R"({"schemaVersion":2,"manifests":[],"manifests":[]})"),
            start + "the member manifests stands twice in one object" + end);
  EXPECT_EQ(why(R"({"schemaVersion":2,"manifests":[],"Manifests":[]})"),
            start + "the member Manifests stands twice in one object" + end);
  EXPECT_EQ(why(R"({"schemaVersion":2,"manifests":[],"layers":[]})"),
            start + "it has the members of an image" + end);
  EXPECT_EQ(why(R"({"schemaVersion":2,"mediaType":"application/json"})"),
            start + "its mediaType is application/json" + end);
  EXPECT_EQ(why(R"({"schemaVersion":2,"manifests":[1]})"),
            start + "its manifests are no list of descriptors" + end);
  for (const auto* text :
       {"", "[]", "null", "{}", R"({"schemaVersion":1})", "\xef\xbb\xbf", "{} x",
        R"({"schemaVersion":2,"manifests":{}})", R"({"schemaVersion":2,"a":1e999})",
        "{\"schemaVersion\":2,\"a\":\"\xff\"}", R"({"schemaVersion":2,"mediaType":1})",
        R"({"schemaVersion":2,"manifests":[{"a":{"b":1,"b":2}}]})"})
    EXPECT_NE(why(text), "") << text;
}

TEST(AddToIndex, OddButHarmlessMembersStay) {
  EXPECT_EQ(why(R"({"schemaVersion":2,"manifests":[{"annotations":null},{"annotations":{)"
                R"("org.opencontainers.image.ref.name":7}},{"annotations":[]}]})"),
            "");
}

TEST(AddToIndex, BoundsTheWorkThatAnIndexMakes) {
  const auto nested = [](size_t depth) {
    return R"({"schemaVersion":2,"a":)" + std::string(depth, '[') + std::string(depth, ']') + "}";
  };
  EXPECT_EQ(why(nested(30)), "");
  EXPECT_NE(why(nested(40)).find("nested too deeply"), std::string::npos);
  EXPECT_NE(why(nested(2000000)).find("nested too deeply"), std::string::npos);
  EXPECT_NE(why(std::string(5 << 20, ' ')).find("larger than 4 MiB"), std::string::npos);
  std::string many = R"({"schemaVersion":2)";
  for (int i = 0; i < 300000; ++i) many += ",\"" + std::to_string(i) + "\":0";
  EXPECT_NE(why(many + "}").find("more than 1000 members"), std::string::npos);
}

}  // namespace
}  // namespace pack
