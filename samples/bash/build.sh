#!/usr/bin/env bash
set -euo pipefail
source "$(dirname "$0")/../common.sh"
"$pack" /bin/bash -t basic:v1
echo "run it:  docker run --rm basic:v1 -c 'echo hello'"
