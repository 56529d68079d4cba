# Sourced by the other scripts: the packages that Debian 12 must have, and how to get them.

build_packages=(
  g++ cmake ninja-build
  liblief-dev libmbedtls-dev                       # ELF
  libarchive-dev nettle-dev libacl1-dev libxml2-dev libicu-dev
  liblzma-dev liblz4-dev libbz2-dev zlib1g-dev     # tar
  libzstd-dev libdeflate-dev                       # compression
  libsqlite3-dev                                   # rpm's database
  libboost-dev                                     # HTTP (Beast, headers only)
  libssl-dev libcli11-dev nlohmann-json3-dev libtomlplusplus-dev
)
test_packages=(
  libgtest-dev clang clang-format clang-tidy libclang-rt-14-dev lld
  docker.io containerd runc skopeo umoci podman buildah oci-image-tool    # who takes and makes the images
  docker-registry apache2-utils curl openssl libcpp-httplib-dev mmdebstrap             # registries, real and faked; a base image
  golang-go gcc-aarch64-linux-gnu libc6-dev-arm64-cross libc6-arm64-cross nginx-light
  musl-tools                                       # the other loader
  qemu-user-static libc6-i386                      # other machines' loaders, and their C libraries
  gcc-arm-linux-gnueabihf libc6-dev-armhf-cross gcc-riscv64-linux-gnu libc6-dev-riscv64-cross
  gcc-s390x-linux-gnu libc6-dev-s390x-cross gcc-powerpc64-linux-gnu libc6-dev-ppc64-cross
  samba-libs systemd openjdk-17-jre-headless postgresql-15 libblas3 liblapack3    # to be packed
  binutils bsdutils libcap2-bin procps python3 strace util-linux zstd
  rpm sqlite3 bzip2 gzip lz4 xz-utils              # package data
  locales tzdata                                   # what programs open while they run
)
bench_packages=(hyperfine docker.io containerd runc umoci buildah clang openssl time python3 libtree pigz zstd skopeo docker-registry)

# install_packages NAME...: those of them that are missing, as root or through sudo.
install_packages() {
  local missing=() name
  for name in "$@"; do
    [ "$(dpkg-query -W -f '${db:Status-Status}' "$name" 2>/dev/null)" = installed ] || missing+=("$name")
  done
  [ ${#missing[@]} -eq 0 ] && return
  local as_root=()
  if [ "$(id -u)" -ne 0 ]; then
    command -v sudo >/dev/null || { echo "these packages are missing, and neither root nor sudo is there: ${missing[*]}" >&2; exit 1; }
    as_root=(sudo)
  fi
  echo "installing: ${missing[*]}" >&2
  "${as_root[@]}" apt-get update -qq >&2
  "${as_root[@]}" env DEBIAN_FRONTEND=noninteractive apt-get install -y -qq --no-install-recommends "${missing[@]}" >&2
}

# build_preset NAME [TARGET...]: configures and builds; quiet unless it fails.
build_preset() {
  local preset=$1
  shift
  cmake --preset "$preset" >/dev/null
  cmake --build --preset "$preset" -j"$(nproc)" ${1:+--target "$@"} >&2
}
