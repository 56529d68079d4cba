#!/usr/bin/env bash
set -euo pipefail
source "$(dirname "$0")/../common.sh"
"$pack" "$here/greet.sh" /usr/bin/tr -t greet:v1 --entrypoint /usr/local/bin/greet \
  --symlink "/usr/local/bin/greet:$here/greet.sh" -- reader
echo "run it:  docker run --rm greet:v1"
