#!/usr/bin/env bash
# Needs nginx on this machine (Debian: nginx-light). Configuration and content come from this
# folder; nginx itself is as the distribution built it.
set -euo pipefail
source "$(dirname "$0")/../common.sh"
"$pack" /usr/sbin/nginx -t web:v1 -p 18080 --stop-signal SIGQUIT \
  --add "$here/nginx.conf:/etc/nginx/nginx.conf" \
  --add /etc/nginx/mime.types \
  --add "$here/www:/srv/www" \
  --mkdir /var/lib/nginx --mkdir /var/log/nginx \
  -- -g 'daemon off;'
echo "run it:  docker run --rm -p 18080:18080 web:v1"
