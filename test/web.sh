#!/bin/sh
# The web page in a real Chromium of a phone's size (test/runtime/clients/page.mjs). puppeteer-core comes from npm, once,
# and is kept in the cache. Where it or Chromium is missing, a line says so. SHOTS=FOLDER keeps pictures.
set -eu
cd "$(dirname "$0")/.."
skip() { echo "skipped: $1"; exit 0; }
for c in go node npm; do command -v $c >/dev/null || skip "$c is not installed"; done
CHROMIUM=$(command -v chromium || command -v chromium-browser || command -v google-chrome) || skip "chromium is not installed"
cache="${XDG_CACHE_HOME:-$HOME/.cache}/panther/web-client"
mkdir -p "$cache"
if [ ! -e "$cache/ok" ]; then
  timeout 120 npm install --fetch-retries=1 --fetch-retry-mintimeout=1000 --silent --no-audit --no-fund --prefix "$cache" puppeteer-core@24 >/dev/null 2>&1 ||
    skip "npm does not give puppeteer-core"
  touch "$cache/ok"
fi
cp test/runtime/clients/page.mjs "$cache/"
DIR=$(mktemp -d /tmp/web.XXXXXX)
trap 'rm -rf "$DIR"' EXIT
SERVE=$DIR/serve
go build -o "$SERVE" ./test/runtime/serve
export CHROMIUM DIR SERVE
(cd "$cache" && timeout 600 node page.mjs)
