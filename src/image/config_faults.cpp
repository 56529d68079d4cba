// Every field is looked at on its own, so that all that is wrong is told at once. Two sources say
// what is wrong: the OCI image-spec (config.md), and what engines refuse when they load an image
// or start a container from it.

#include <algorithm>
#include <nlohmann/json.hpp>
#include <utility>

#include "image/config.h"
#include "image/config_fields.h"
#include "image/json_members.h"
#include "image/text.h"

namespace pack {

namespace {

using Json = nlohmann::json;
using Object = JsonObject<Json>;

class ConfigCheck {
 public:
  std::vector<std::string> faults;

  void check(const Json& document) {
    const Object object(document, "");
    attempt([&] { require_value(object, "architecture"); });
    attempt([&] { require_value(object, "os"); });
    attempt([&] { is_linux_ = object.text("os") == "linux"; });
    attempt([&] { (void)object.text("variant"); });
    attempt([&] { (void)object.text("author"); });
    attempt([&] { check_moment(object, "created"); });
    attempt([&] { check_execution(object); });
    attempt([&] { check_rootfs(object); });
    attempt([&] { check_history(object); });
  }

 private:
  template <typename Part>
  void attempt(const Part& part) {
    try {
      part();
    } catch (const Error& error) {
      faults.emplace_back(error.what());
    }
  }

  static void require_value(const Object& object, std::string_view key) {
    if (object.require_text(key).empty()) throw Error(object.place(key) + " is empty");
  }

  static void check_moment(const Object& object, std::string_view key) {
    const std::string moment = object.text(key);
    if (!moment.empty() && !is_rfc3339(moment))
      throw Error(object.place(key) + " is no moment as RFC 3339 writes it: " + quoted(moment));
  }

  /// Holds a value against what users may write for it.
  template <typename Parse>
  void hold(const std::string& place, const std::string& value, const Parse& parse,
            std::string_view form) {
    try {
      (void)parse(value);
    } catch (const UsageError&) {
      faults.push_back(place + ": " + quoted(value) + " is no " + std::string(form));
    }
  }

  void check_words(const Object& object, std::string_view key) {
    const Json* found = object.find(key);
    const std::vector<std::string> words =
        found && found->is_string() ? std::vector{found->get<std::string>()} : object.texts(key);
    for (const std::string& word : words) require_text(word, object.place(key));
  }

  void check_set(const Object& object, std::string_view key, const auto& check_name) {
    const Json* found = object.find(key);
    if (!found) return;
    const Object set(*found, object.place(key));
    for (const auto& [name, nothing] : found->items()) {
      if (!nothing.is_object() && !nothing.is_null())
        faults.push_back(set.place(quoted(name)) + " is no object");
      check_name(object.place(key), name);
    }
  }

  void check_execution(const Object& document) {
    const Json* found = document.find("config");
    if (!found) return;
    const Object object(*found, "config");
    attempt([&] { check_words(object, "Entrypoint"); });
    attempt([&] { check_words(object, "Cmd"); });
    attempt([&] {
      for (const std::string& variable : object.texts("Env"))
        hold("config.Env", variable, parse_env, "NAME=VALUE");
    });
    attempt([&] {
      check_set(object, "ExposedPorts", [&](const std::string& place, const std::string& port) {
        hold(place, port, parse_exposed_port, "PORT or PORT/tcp, /udp or /sctp");
      });
    });
    attempt([&] { (void)object.text_map("Labels"); });
    attempt([&] { check_places(object); });
  }

  /// What is told apart by the system that the image is for.
  void check_places(const Object& object) {
    const std::string user = object.text("User"), folder = object.text("WorkingDir"),
                      signal = object.text("StopSignal");
    if (!is_linux_) return;
    if (!user.empty())
      hold("config.User", user, parse_user, "USER or USER:GROUP that engines start");
    if (!folder.empty())
      hold("config.WorkingDir", folder, parse_working_dir, "absolute path, and engines refuse it");
    if (!signal.empty()) hold("config.StopSignal", signal, parse_stop_signal, "signal of Linux");
    check_set(object, "Volumes", [&](const std::string& place, const std::string& path) {
      hold(place, path, parse_volume, "absolute path of a folder");
    });
  }

  void check_rootfs(const Object& document) {
    const Object rootfs(document.require("rootfs"), "rootfs");
    attempt([&] {
      if (rootfs.require_text("type") != "layers") throw Error("rootfs.type is not \"layers\"");
    });
    layers_ = rootfs.digests("diff_ids").size();
    constexpr size_t kMostLayers = 125;  // of Docker's overlay mounts
    if (layers_ > kMostLayers)
      throw Error("there are " + std::to_string(*layers_) +
                  " layers, and engines take at most 125");
  }

  void check_history(const Object& document) {
    size_t makers = 0;
    document.each("history", [&](const Json& item, const std::string& at) {
      attempt([&] {
        const Object entry(item, at);
        makers += entry.flag("empty_layer") ? 0 : 1;
        check_moment(entry, "created");
        for (const auto* key : {"created_by", "author", "comment"}) (void)entry.text(key);
      });
    });
    if (layers_ && makers > *layers_)
      throw Error("the history names " + std::to_string(makers) + " layers, and there are " +
                  std::to_string(*layers_) + ": Docker does not load such an image");
  }

  bool is_linux_ = true;
  std::optional<size_t> layers_;  ///< nothing: nobody can tell
};

}  // namespace

std::vector<std::string> config_faults(std::string_view json) {
  const std::string fault = json_fault(json);
  if (!fault.empty()) return {fault};
  const Json document = Json::parse(json);
  if (!document.is_object()) return {"it is no object"};
  ConfigCheck check;
  check.check(document);
  return std::move(check.faults);
}

}  // namespace pack
