#!/usr/bin/env bash
# Measures pack against the ways people do it today, all in one run on one machine, and prints a
# Markdown table: medians of whole processes (hyperfine, warm page cache), and pack's factor.
# Needs root for Docker's engine. Usage: scripts/bench.sh [RUNS]
set -euo pipefail
cd "$(dirname "$0")/.."
source scripts/common.sh
install_packages "${build_packages[@]}" "${bench_packages[@]}"
build_preset release pack
pack=$PWD/build/pack
runs=${1:-20}
work=$(mktemp -d /var/tmp/pack-bench.XXXXXX)
engine= registry=
stop() {
  for process in $engine $registry; do kill "$process" && wait "$process" || true; done
  umount -q "$work"/docker/overlay2/*/merged 2>/dev/null || true
  rm -rf "$work"
}
trap stop EXIT
cd "$work"
export XDG_RUNTIME_DIR=$work STORAGE_DRIVER=vfs BUILDAH_ISOLATION=chroot

# What tutorials do: ask ldd, copy, tar, hash, tar.
cat > recipe <<'R'
#!/bin/bash -e
program=$1 name=$2 dir=$(mktemp -d -p .)
mkdir "$dir/root" "$dir/image"
for file in "$program" $(ldd "$program" | grep -o '/[^ ]*'); do
  mkdir -p "$dir/root$(dirname "$file")"
  cp -L "$file" "$dir/root$file"
done
tar -C "$dir/root" -cf "$dir/layer.tar" .
id=$(sha256sum "$dir/layer.tar" | cut -d' ' -f1)
mv "$dir/layer.tar" "$dir/image/$id.tar"
echo '{"architecture":"amd64","os":"linux","config":{"Entrypoint":["'"$program"'"]},"rootfs":{"type":"layers","diff_ids":["sha256:'"$id"'"]}}' > "$dir/image/config.json"
echo '[{"Config":"config.json","RepoTags":["'"$name"':v1"],"Layers":["'"$id"'.tar"]}]' > "$dir/image/manifest.json"
tar -C "$dir/image" -cf "$name.tar" .
rm -rf "$dir"
R
# The same files, handed to image builders that resolve nothing themselves.
stage() { # PROGRAM DIR
  mkdir -p "$2"
  for file in "$1" $(ldd "$1" | grep -o '/[^ ]*'); do
    mkdir -p "$2$(dirname "$file")"
    cp -L "$file" "$2$file"
  done
}
cat > with_umoci <<'R'
#!/bin/bash -e
rm -rf umoci-image
umoci init --layout umoci-image
umoci new --image umoci-image:v1
umoci insert --image umoci-image:v1 "$1" / >/dev/null
umoci config --image umoci-image:v1 --config.entrypoint "$2"
R
cat > with_buildah <<'R'
#!/bin/bash -e
container=$(buildah --root "$PWD/buildah" --runroot "$PWD/buildah-run" from scratch)
buildah --root "$PWD/buildah" --runroot "$PWD/buildah-run" copy -q "$container" "$1" / >/dev/null
buildah --root "$PWD/buildah" --runroot "$PWD/buildah-run" config --entrypoint "[\"$2\"]" "$container"
rm -f buildah.tar
buildah --root "$PWD/buildah" --runroot "$PWD/buildah-run" commit -q "$container" docker-archive:buildah.tar:b:v1 >/dev/null
buildah --root "$PWD/buildah" --runroot "$PWD/buildah-run" rm "$container" >/dev/null
R
cat > with_docker <<'R'
#!/bin/bash -e
export DOCKER_HOST=unix://$PWD/docker.sock DOCKER_BUILDKIT=0
printf 'FROM scratch\nCOPY . /\nENTRYPOINT ["%s"]\n' "$2" > "$1.Dockerfile"
docker build -q --no-cache -t bench:v1 -f "$1.Dockerfile" "$1" >/dev/null
docker save bench:v1 -o docker-save.tar
docker rmi -f bench:v1 >/dev/null
R
# Whatever the tools remember of the registry is forgotten, and so is the registry's content.
cat > forget <<'R'
#!/bin/bash -e
rm -rf registry/docker /var/lib/containers/cache/blob-info-cache-v1.boltdb
R
chmod +x recipe forget with_*

dockerd -H "unix://$work/docker.sock" --data-root "$work/docker" --exec-root "$work/exec" \
  --pidfile "$work/docker.pid" --iptables=false --bridge=none >"$work/docker.log" 2>&1 &
engine=$!
for _ in $(seq 100); do DOCKER_HOST=unix://$work/docker.sock docker version >/dev/null 2>&1 && break; sleep 0.2; done

printf '%s\n' 'version: 0.1' 'log: {level: error, accesslog: {disabled: true}}' \
  "storage: {filesystem: {rootdirectory: $work/registry}, delete: {enabled: true}}" \
  'http: {addr: "127.0.0.1:15999"}' > registry.yml
docker-registry serve registry.yml >registry.log 2>&1 &
registry=$!
there=127.0.0.1:15999/bench

clang=$(readlink -f /usr/bin/clang)
stage /bin/bash bash-root
stage "$clang" clang-root
"$pack" "$clang" -t clang:v1 -q >/dev/null
tar -xOf clang.tar "$(tar -tf clang.tar | tail -n 1)" > clang-layer.tar
layer_megabytes=$(($(stat -c %s clang-layer.tar) / 1000000))
sync

# All ELF programs of /usr/bin, as arguments of one process.
cat > over_all <<'R'
#!/bin/bash
mapfile -t programs < programs
"$@" "${programs[@]}" >/dev/null 2>&1 || true
R
chmod +x over_all
for file in /usr/bin/*; do
  [ -f "$file" ] && [ "$(head -c 4 "$file" | tr -d '\0')" = $'\x7fELF' ] && echo "$file"
done > programs
program_count=$(wc -l < programs)

row() { # NAME RUNS COMMAND GROUP [PREPARATION]: the first row of a group is what the others are compared with
  hyperfine -N --warmup 2 --runs "$2" ${5:+--prepare "$5"} --export-json result.json "$3" >/dev/null 2>&1 || { echo "failed: $3" >&2; exit 1; }
  python3 - "$1" "$4" <<'P'
import json, os, sys
name, group = sys.argv[1:]
median = json.load(open('result.json'))['results'][0]['median']
store = f'{group}.median'
if not os.path.exists(store):
    open(store, 'w').write(str(median))
base = float(open(store).read())
print(f'| {name} | {median * 1000:.1f} ms | {median / base:.1f} |')
P
}

echo "| what | median | times pack's |"
echo "| --- | ---: | ---: |"
row "\`pack --version\` (start-up)" "$runs" "$pack --version" version
row "**\`pack /bin/bash -t basic:v1\`**" "$runs" "$pack /bin/bash -t basic:v1 -q" bash
row "bash: shell recipe (ldd, cp, tar, sha256sum, tar)" "$runs" "./recipe /bin/bash recipe" bash
row "bash: umoci, files staged beforehand" "$runs" "./with_umoci bash-root /bin/bash" bash
row "bash: buildah, files staged beforehand" 5 "./with_buildah bash-root /bin/bash" bash
row "**\`pack clang\`** ($layer_megabytes MB layer)" "$runs" "$pack $clang -t clang:v1 -q" clang
row "clang: \`openssl dgst -sha256\` over the finished layer" "$runs" "openssl dgst -sha256 clang-layer.tar" clang
row "clang: shell recipe" 5 "./recipe $clang recipe" clang
row "clang: docker build + docker save, files staged beforehand" 3 "./with_docker clang-root $clang" clang
# Compressed, and pushed. (crane, which appends a tar that somebody staged, is not in Debian.)
size() { echo "$(($(stat -c %s "$1") / 100000))" | sed 's/.$/.&/'; }
"$pack" "$clang" -t clang:v1 -q --compress gzip -o gzip.tar >/dev/null
"$pack" "$clang" -t clang:v1 -q --compress zstd -o zstd.tar >/dev/null
pigz -6 -k -c clang-layer.tar > pigz.gz
zstd -3 -T2 -q -f clang-layer.tar -o zstd.zst
./with_umoci clang-root "$clang"
umoci_size=$(find umoci-image -type f -printf '%s\n' | awk '{sum += $1} END {printf "%.1f", sum / 1e6}')
row "**\`pack clang --compress gzip\`** ($(size gzip.tar) MB)" "$runs" "$pack $clang -t clang:v1 -q --compress gzip -o gzip.tar" gzip
row "clang: \`pigz -6\` over the finished layer ($(size pigz.gz) MB)" 5 "pigz -6 -k -f clang-layer.tar" gzip
row "clang: umoci, files staged beforehand ($umoci_size MB)" 5 "./with_umoci clang-root $clang" gzip
row "**\`pack clang --compress zstd\`** ($(size zstd.tar) MB)" "$runs" "$pack $clang -t clang:v1 -q --compress zstd -o zstd.tar" zstd
row "clang: \`zstd -3 -T2\` over the finished layer ($(size zstd.zst) MB)" 5 "zstd -3 -T2 -q -f clang-layer.tar -o zstd.zst" zstd
pushed() { du -sb "$work/registry" | awk '{printf "%.1f", $1 / 1e6}'; }
./forget; "$pack" "$clang" -q -o "docker://$there:p" >/dev/null; pack_size=$(pushed)
./forget; skopeo copy -q --dest-tls-verify=false docker-archive:clang.tar "docker://$there:s"; skopeo_size=$(pushed)
row "**\`pack clang -o docker://...\`**, to a registry on loopback ($pack_size MB)" "$runs" "$pack $clang -q -o docker://$there:p" push ./forget
row "clang: skopeo copy of the finished archive ($skopeo_size MB)" 5 "skopeo copy -q --dest-tls-verify=false docker-archive:clang.tar docker://$there:s" push ./forget
"$pack" copy -q gzip.tar "docker://$there:again" >/dev/null
row "**\`pack copy clang.tar docker://...\`**, all there already" "$runs" "$pack copy -q gzip.tar docker://$there:again" again
row "clang: skopeo copy, all there already" 5 "skopeo copy -q --dest-tls-verify=false oci-archive:gzip.tar:v1 docker://$there:again" again
export DOCKER_HOST=unix://$work/docker.sock
cat > empty_engine <<'R'
#!/bin/bash
docker rmi -f clang:v1 >/dev/null 2>&1 || true
R
chmod +x empty_engine
row "**\`pack clang -o docker-daemon:\`**" 5 "$pack $clang -t clang:v1 -q -o docker-daemon:" daemon ./empty_engine
row "clang: docker load of the finished archive" 5 "docker load -q -i clang.tar" daemon ./empty_engine
unset DOCKER_HOST

# A base of about 500 MB, as a layout with an uncompressed layer and with a gzip one.
large=(--add /usr/lib/llvm-14 --add /usr/lib/gcc --add /usr/share/doc --add /usr/lib/python3)
"$pack" /bin/bash -t base:v1 -q "${large[@]}" --allow-missing --compress none -o oci:base:plain >/dev/null 2>&1
"$pack" copy -q --compress gzip oci:base:plain oci:base:gzip >/dev/null
base_megabytes=$(($(du -sb base/blobs | cut -f1) / 1000000))
row "**\`pack ls --base oci:base:plain -o oci:base:new\`** (both bases: $base_megabytes MB)" "$runs" "$pack /bin/ls --base oci:base:plain -q -o oci:base:new" base
row "ls: the same over the gzip base, which has to be unpacked" 5 "$pack /bin/ls --base oci:base:gzip -q -o oci:base:new" base
row "**\`pack tree --list /usr/bin/bash\`**" "$runs" "$pack tree --list /usr/bin/bash" tree
row "bash: libtree" "$runs" "libtree /usr/bin/bash" tree
row "bash: ldd" "$runs" "ldd /usr/bin/bash" tree
row "**\`pack tree --list\`** of all $program_count ELF programs in /usr/bin" "$runs" "./over_all $pack tree --list" all
row "all: libtree (leaves the C and C++ libraries out)" "$runs" "./over_all libtree" all
row "all: libtree -vvv (all of them)" "$runs" "./over_all libtree -vvv" all

truncate -s 4G big
peak() { /usr/bin/time -f %M "$@" 2>&1 >/dev/null | tail -n 1; }
echo
echo "Peak memory: bash $(($(peak "$pack" /bin/bash -t basic:v1 -q) / 1024)) MiB," \
  "clang $(($(peak "$pack" "$clang" -t clang:v1 -q) / 1024)) MiB," \
  "\`--base\` $(($(peak "$pack" /bin/ls --base oci:base:plain -q -o oci:base:new) / 1024)) MiB (gzip base $(($(peak "$pack" /bin/ls --base oci:base:gzip -q -o oci:base:new) / 1024)) MiB)," \
  "with a 4 GiB --add $(($(peak "$pack" /bin/bash -t big:v1 -q --add "$work/big") / 1024)) MiB."
