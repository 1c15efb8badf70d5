#!/bin/sh
# What a gate wrote of random hostile texts, rendered by the readers of Markdown that clients use, with everything let
# through (test/gate/render.mjs). They come from npm, once, and are kept in the cache; the runs need no network. Where they
# cannot be had, a line says so; PANTHER_CLIENTS=1 makes that an error. test/gate.sh COUNT SEED renders more, or others.
set -eu
cd "$(dirname "$0")/.."
skip() { echo "skipped: $1"; [ "${PANTHER_CLIENTS:-}" != 1 ] || exit 1; exit 0; }
for c in go node npm; do command -v $c >/dev/null || skip "$c is not installed"; done
cache="${XDG_CACHE_HOME:-$HOME/.cache}/panther/gate"
mkdir -p "$cache"
if [ ! -e "$cache/npm-ok" ]; then
  timeout 180 npm install --fetch-retries=1 --fetch-retry-mintimeout=1000 --silent --no-audit --no-fund --prefix "$cache" markdown-it@14 micromark@4 micromark-extension-gfm@3 \
    unified@11 remark-parse@11 remark-gfm@4 remark-rehype@11 rehype-stringify@10 marked@16 commonmark@0.31 >/dev/null 2>&1 || skip "npm does not give markdown-it, micromark, remark, marked and commonmark"
  touch "$cache/npm-ok"
fi
cp test/gate/render.mjs "$cache/"
tmp=$(mktemp -d)
trap 'rm -rf "$tmp"' EXIT
go test ./pkg/gate -run '^TestCompositions$' -count=1 -args -compositions "$tmp/texts" -count "${1:-3000}" -seed "${2:-1}" >/dev/null
node "$cache/render.mjs" "$tmp/texts"
