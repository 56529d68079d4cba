#!/usr/bin/env bash
# Three programs in one image. The first is the entrypoint; what stands behind -- are its default
# arguments.
set -euo pipefail
source "$(dirname "$0")/../common.sh"
"$pack" /bin/bash /bin/ls /usr/bin/env \
  -t tools:v1 -t tools:latest \
  -e GREETING=hello -w /srv -u 1000:1000 -l maintainer=you \
  -- -c 'ls / && env'
echo "run it:  docker run --rm tools:v1"
