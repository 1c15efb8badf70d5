#!/bin/sh
# The page: what is committed of it is what its source makes (scripts/web check), its types are those of the API, and it
# does in a real Chromium what test/web asks of it. Packages come from npm by lock files, once, and are kept in the cache.
# Where they or Chromium cannot be had, a line says so; PANTHER_CLIENTS=1 makes that an error. SHOTS=FOLDER keeps pictures,
# ONLY=EXPRESSION runs some checks. `test/web.sh types` writes the types, `test/web.sh pictures` the pictures in
# docs/page, and `test/web.sh figures` prints what the page weighs.
set -eu
cd "$(dirname "$0")/.."
skip() { echo "skipped: $1"; [ "${PANTHER_CLIENTS:-}" != 1 ] || exit 1; exit 0; }
for c in go node npm; do command -v $c >/dev/null || skip "$c is not installed"; done
CHROMIUM=$(command -v chromium || command -v chromium-browser || command -v google-chrome) || skip "chromium is not installed"
cache="${XDG_CACHE_HOME:-$HOME/.cache}/panther/web-test"
mkdir -p "$cache"
lock=$(sha256sum test/web/package-lock.json | cut -c1-16)
if [ "$(cat "$cache/installed" 2>/dev/null)" != "$lock" ]; then
  cp test/web/package.json test/web/package-lock.json "$cache/"
  (cd "$cache" && timeout 180 npm ci --fetch-retries=1 --silent --no-audit --no-fund >/dev/null 2>&1) || skip "npm does not give playwright-core and axe-core"
  echo "$lock" >"$cache/installed"
fi
[ -n "${1:-}" ] || scripts/web check
cp test/web/*.mjs "$cache/"
DIR=$(mktemp -d /tmp/web.XXXXXX)
trap 'rm -rf "$DIR"' EXIT
SERVE=$DIR/serve PANTHER=$DIR/panther
go build -o "$SERVE" ./test/runtime/serve
go build -o "$PANTHER" ./cmd/panther
export CHROMIUM DIR SERVE PANTHER
if [ "${1:-}" = types ]; then
  cd "$cache" && node types.mjs "$OLDPWD/pkg/opencode/web/app/src/api/schema.d.ts" write
  exit
fi
if [ "${1:-}" = figures ]; then
  cd "$cache" && node figures.mjs "$OLDPWD/pkg/opencode/web/dist"
  exit
fi
if [ "${1:-}" = pictures ]; then
  cd "$cache" && node pictures.mjs "${2:-$OLDPWD/docs/page}"
  exit
fi
(cd "$cache" && node types.mjs "$OLDPWD/pkg/opencode/web/app/src/api/schema.d.ts")
(cd "$cache" && timeout 1500 node run.mjs)
