#!/usr/bin/env bash
# Installs what building needs, builds build/pack, and does the main job: packs /bin/bash as
# basic:v1 into basic.tar and shows it running. With arguments, those go to pack instead.
set -euo pipefail
here=$(cd "$(dirname "$0")/.." && pwd)
caller=$PWD
cd "$here"
source scripts/common.sh

install_packages "${build_packages[@]}"
build_preset release pack
cd "$caller"

if [ $# -gt 0 ]; then
  exec "$here/build/pack" "$@"
fi

"$here/build/pack" /bin/bash -t basic:v1

if command -v docker >/dev/null && docker info >/dev/null 2>&1; then
  docker load -q -i basic.tar
  docker run --rm basic:v1 -c 'echo hello, from a container of $BASH_VERSION'
else
  # No engine answers: the image's own layer, in a bare root.
  root=$(mktemp -d)
  trap 'chmod -R u+w "$root"; rm -rf "$root"' EXIT
  layer=$(tar -xOf basic.tar manifest.json | sed 's/.*"Layers":\["\([^"]*\)".*/\1/')
  tar -xOf basic.tar "$layer" | tar -x -C "$root"
  enter=(chroot)
  [ "$(id -u)" -eq 0 ] || enter=(unshare --user --map-root-user chroot)
  "${enter[@]}" "$root" /bin/bash -c 'echo hello, from a bare root of $BASH_VERSION'
fi
