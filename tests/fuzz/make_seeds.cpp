// Writes the fuzzers' first inputs: real files of this machine, small ELF files compiled here,
// caches in every form that there is, and package data. `make_seeds FOLDER`.

#include <algorithm>
#include <cstdlib>
#include <filesystem>
#include <fstream>
#include <iostream>
#include <iterator>

#include "closure/ld_so_cache.h"

namespace fs = std::filesystem;
using pack::ByteOrder;

namespace {

std::string read_file(const fs::path& path) {
  std::ifstream stream(path, std::ios::binary);
  return {std::istreambuf_iterator<char>(stream), {}};
}

void write(const fs::path& path, const std::string& bytes) {
  fs::create_directories(path.parent_path());
  std::ofstream(path, std::ios::binary) << bytes;
}

void elf_seeds(const fs::path& folder) {
  fs::create_directories(folder);
  const std::string source = folder.string() + "/source.c";
  const std::string versions = folder.string() + "/versions";
  write(source, R"(int g(void); int f(void) { return g(); }
__attribute__((section(".note.dlopen"), used, aligned(4))) static const struct {
  unsigned name_size, size, type;
  char owner[4], text[92];
} note = {4, 92, 0x407c0c0a, "FDO",
          "[{\"soname\":[\"libz.so.1\",\"libz.so\"],\"feature\":\"f\","
          "\"description\":\"d\",\"priority\":\"required\"}]"};
)");
  write(versions, "V_1 { global: f; }; V_2 { } V_1;\n");
  const std::string target =
      " -shared -nostdlib -s -Wl,-rpath,/opt/k:/l,-soname,libf.so.1 "
      "-Wl,--version-script=" +
      versions + " -o ";
  int made = 0;
  for (const char* compiler : {"gcc", "gcc -m32", "gcc -Wl,--hash-style=sysv",
                               "clang --target=mips-linux-gnu -fuse-ld=lld -fPIC",
                               "clang --target=powerpc64-linux-gnu -fuse-ld=lld -fPIC"})
    made += std::system(
                (compiler + target + folder.string() + "/" + std::to_string(made) + " " + source)
                    .c_str()) == 0;
  // A string table over 16 KiB is read in another way.
  std::string large = "int f(void); int h(void) { return f(); }\n";
  for (char name = 'a'; name < 'z'; ++name)
    large += "void " + std::string(900, name) + "(void) {}\n";
  write(source, large);
  const std::string names = " -o " + (folder / "large_strings").string() + " " + source;
  std::system(("gcc -shared -nostdlib -s -Wl,-z,noseparate-code,-rpath,/opt/k:/l,-soname,l.so" +
               names + " " + (folder / "0").string())
                  .c_str());
  fs::remove(source);
  fs::remove(versions);
  write(folder / "true", read_file("/bin/true"));
}

void conf_seeds(const fs::path& folder) {
  write(folder / "host", read_file("/etc/ld.so.conf"));
  write(folder / "all",
        "# c\ninclude a.conf d/*.conf [!x]?\nhwcap 1 nosegneg\n/opt/a=libc6 \n/opt/b// # c\n"
        "\tinclude /etc/b\n../x\n");
}

void musl_seeds(const fs::path& folder) {
  write(folder / "debian", "/lib/x86_64-linux-musl\n/usr/lib/x86_64-linux-musl\n");
  write(folder / "all", std::string(":/a:\n\n/b/: x\r\n\0/c", 17));
  write(folder / "loader", "/opt/m/lib/ld-musl-x86_64.so.1");
}

void cache_seeds(const fs::path& folder) {
  const uint64_t level = uint64_t{1} << 62;
  const std::vector<pack::LdSoCacheEntry> entries = {
      {0x303, "liba.so.1", "/lib/liba.so.1", 0, {}},
      {0x303, "liba.so.1", "/lib/glibc-hwcaps/x86-64-v2/liba.so.1", level, "x86-64-v2"}};
  const std::string little = pack::encode_ld_so_cache(entries, ByteOrder::little);
  write(folder / "little", little);
  write(folder / "big", pack::encode_ld_so_cache(entries, ByteOrder::big));
  write(folder / "empty", pack::encode_ld_so_cache({}, ByteOrder::little));
  const std::string old("ld.so-1.7.0\0\1\0\0\0\1\0\0\0\0\0\0\0\2\0\0\0", 28);
  write(folder / "old", old + std::string("a\0b\0", 4));
  write(folder / "behind_old", old + std::string(4, '\0') + little);
}

/// A header of one package with two files, and one without any tags.
void rpm_seeds(const fs::path& folder) {
  const auto number = [](uint32_t value) {
    std::string out;
    for (int shift = 24; shift >= 0; shift -= 8) out += static_cast<char>(value >> shift);
    return out;
  };
  const std::string data("pear\0a.so\0b.so\0/l/\0/m/\0\0\0\0\0\0\0\0\0\1", 32);
  const uint32_t tags[][4] = {{1000, 6, 0, 1}, {1116, 4, 24, 2}, {1117, 8, 5, 2}, {1118, 8, 15, 2}};
  std::string header = number(4) + number(static_cast<uint32_t>(data.size()));
  for (const auto& tag : tags)
    for (const uint32_t value : tag) header += number(value);
  write(folder / "package", header + data);
  write(folder / "empty", number(0) + number(0));
}

void package_seeds(const fs::path& folder) {
  const std::string lists =
      "libbar.so.2\nPackage: libbar2\nStatus: install ok installed\nArchitecture: amd64\n\n"
      "Package: dpkg\nStatus: install ok installed\nArchitecture: amd64\n\n"
      "Package: libfoo1\nArchitecture: amd64\n";
  write(folder / "debian", lists);
  write(folder / "contents",
        "libbar.so.2\n/usr/lib/libbar.so.2\n"
        "usr/lib/libfoo.so.1  \tlibs/foo,libs/other\n"
        "0123456789abcdef0123456789abcdef  usr/lib/libfoo.so.1\n");
  write(folder / "alpine",
        "libc.musl-x86_64.so.1\n\nP:musl\nA:x86_64\n"
        "p:so:libc.musl-x86_64.so.1=1 so:libfoo.so.1=2 pc:x=1\n"
        "F:lib\nR:libc.musl-x86_64.so.1\nF:\nR:libfoo.so.1\n\n\n\nP:zlib\n");
  for (const char* tool : {"gzip", "xz", "zstd", "lz4", "bzip2"}) {
    const std::string packed = (folder / tool).string();
    if (std::system(
            (std::string(tool) + " -c <" + (folder / "debian").string() + " >" + packed).c_str()) !=
        0)
      fs::remove(packed);
  }
}

void path_list_seeds(const fs::path& folder) {
  write(folder / "tokens", "$ORIGIN/../$LIB:${ORIGIN}/${LIB}:/l/$PLATFORM;${PLATFORM}$ORIGIN");
  write(folder / "odd", ":/a//:/a::$LIBRARY:${LIB:$$:/:$ORIGIN_X;${}:");
}

/// The first byte is the kind of document.
void image_seeds(const fs::path& folder) {
  const std::string digest = "sha256:" + std::string(64, 'a');
  const std::string blob = R"({"mediaType":"a/b","digest":")" + digest +
                           R"(","size":7,"urls":["u"],"annotations":{"a":"b"}})";
  write(folder / "config",
        "0"
        R"({"architecture":"amd64","os":"linux","created":"2024-01-31T12:00:00Z",)"
        R"("config":{"User":"1:2","Env":["A=b"],"Cmd":["c"],"Entrypoint":"e","WorkingDir":"/w",)"
        R"("ExposedPorts":{"80/tcp":{}},"Volumes":{"/v":{}},"Labels":{"a":"b"},"Shell":["s"],)"
        R"("StopSignal":"SIGTERM","OnBuild":null},"rootfs":{"type":"layers","diff_ids":[")" +
            digest + R"("]},"history":[{"created":"2024-01-31T12:00:00Z","empty_layer":true}]})");
  write(folder / "manifest",
        "1"
        R"({"schemaVersion":2,"config":)" +
            blob + R"(,"layers":[)" + blob + R"(],"annotations":{"a":"b"}})");
  write(folder / "index",
        "2"
        R"({"schemaVersion":2,"manifests":[{"mediaType":"a/b","digest":")" +
            digest +
            R"(","size":1,"platform":{"os":"linux","architecture":"arm",)"
            R"("variant":"v7"},"artifactType":"a/b"}],"annotations":null})");
  write(folder / "archive",
        "3"
        R"([{"Config":"c.json","RepoTags":["a:1"],"Layers":["l/layer.tar"]}])");
}

void reference_seeds(const fs::path& folder) {
  write(folder / "full", "registry.example.com:5000/team/a_b--c:v1.0-x");
  write(folder / "pinned", "[::1]:5000/basic:v1@sha256:" + std::string(64, 'a'));
  write(folder / "short", "basic");
  write(folder / "platform", "linux/arm/v7");
}

void login_seeds(const fs::path& challenges, const fs::path& configs) {
  write(challenges / "several",
        "Basic realm=\"a, \\\"b\\\"\", Negotiate YII+/==,Bearer Realm = \"https://a.io/t\","
        "service=r:h:1,scope=\"repository:a/b:pull,push\"");
  write(challenges / "broken", ", =\"x\" Bearer realm=\"http://[::1]:5/\\");
  write(configs / "docker",
        R"({"auths":{"https://index.docker.io/v1/":{"auth":"dTpw"},"a.io/v1/":{},"b.io":null},)"
        R"("credHelpers":{"gcr.io":"gcloud"},"credsStore":"pass","other":[1,{"a":2e3}]})");
  write(configs / "containers",
        R"({"auths":{"quay.io/a":{"username":"u","password":"p","identitytoken":"i",)"
        R"("registrytoken":"r"},"h:5000":{"auth":"dTpwAA=="}}})");
}

void image_place_seeds(const fs::path& folder) {
  write(folder / "archive", "docker-archive:a.tar:host:5000/n:t");
  write(folder / "layout", "oci:dir:v1");
  write(folder / "registry", "docker://h:5000/r:t@sha256:" + std::string(64, 'a'));
  write(folder / "daemon", "docker-daemon:basic:v1");
  write(folder / "path", "site.tar@web:v1");
  write(folder / "stream", "-@v1");
}

/// Every format of tar that GNU tar writes, and whiteouts.
void layer_seeds(const fs::path& folder) {
  const fs::path files = folder / "files";
  write(files / "a/.wh.f", "");
  write(files / "a/.wh..wh..opq", "");
  write(files / ("l/" + std::string(120, 'n')), "x");
  fs::create_symlink("a", files / "s");
  fs::create_hard_link(files / "a/.wh.f", files / "h");
  for (const char* format : {"gnu", "pax", "ustar", "v7", "oldgnu", "pax -S"})
    std::system(("cd " + files.string() +
                 " && truncate -s 20K sparse && echo >> sparse && tar --format=" + format +
                 " -cf '../" + format + "' * 2>&1")
                    .c_str());
  fs::remove_all(files);
}

void compressed_seeds(const fs::path& folder) {
  write(folder / "text", "some text, some text, and some text");
  for (const char* tool : {"gzip", "xz", "zstd", "lz4", "bzip2"}) {
    const std::string packed = (folder / tool).string();
    if (std::system((std::string(tool) + " -c <" + (folder / "text").string() + " >" + packed +
                     " && " + tool + " -c <" + packed + " >>" + packed + ".twice")
                        .c_str()) != 0)
      fs::remove(packed);
  }
}

}  // namespace

int main(int count, char** arguments) {
  if (count != 2) {
    std::cerr << "usage: make_seeds FOLDER\n";
    return 2;
  }
  const fs::path folder = arguments[1];
  fs::remove_all(folder);
  elf_seeds(folder / "elf");
  conf_seeds(folder / "ld_so_conf");
  cache_seeds(folder / "ld_so_cache");
  musl_seeds(folder / "musl_path");
  path_list_seeds(folder / "path_list");
  rpm_seeds(folder / "rpm_header");
  package_seeds(folder / "package_text");
  image_seeds(folder / "image_documents");
  reference_seeds(folder / "reference");
  image_place_seeds(folder / "image_place");
  login_seeds(folder / "www_authenticate", folder / "docker_config");
  layer_seeds(folder / "layer_tree");
  compressed_seeds(folder / "decompress");
}
