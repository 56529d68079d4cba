#!/usr/bin/env bash
# Needs a Go compiler (Debian: golang-go). The folder of the build serves as the root, so that the
# program is /hello in the image and not where it happened to be built.
set -euo pipefail
source "$(dirname "$0")/../common.sh"
work=$(mktemp -d)
trap 'rm -rf "$work"' EXIT
(cd "$here" && GOCACHE=$work/cache GO111MODULE=off CGO_ENABLED=0 go build -o "$work/hello" main.go)
"$pack" /hello --root "$work" -t hello-go:v1 --bare
echo "run it:  docker run --rm hello-go:v1"
