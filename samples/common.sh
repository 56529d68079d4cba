# Sourced by the samples: which pack to use.
here=$(cd "$(dirname "$0")" && pwd)
pack=${PACK:-$here/../../build/pack}
[ -x "$pack" ] || { echo "build pack first: scripts/quickstart.sh" >&2; exit 1; }
