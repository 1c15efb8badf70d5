#!/bin/sh
# Unmodified clients against a runtime with a scripted model: the JavaScript and Go SDKs of OpenCode, `opencode run
# --attach`, and OpenAI's Go client. They come from npm and the Go proxy, once, and are kept in the cache; the runs
# themselves need no network. Where they cannot be had, a line says so; PANTHER_CLIENTS=1 makes that an error.
set -eu
cd "$(dirname "$0")/.."
skip() { echo "skipped: $1"; [ "${PANTHER_CLIENTS:-}" != 1 ] || exit 1; exit 0; }
for c in go node npm; do command -v $c >/dev/null || skip "$c is not installed"; done
cache="${XDG_CACHE_HOME:-$HOME/.cache}/panther/runtime-clients"
mkdir -p "$cache/go"
if [ ! -e "$cache/npm-ok" ]; then
  timeout 180 npm install --fetch-retries=1 --fetch-retry-mintimeout=1000 --silent --no-audit --no-fund --prefix "$cache" @opencode-ai/sdk@1.19.3 opencode-ai@1.18.33 >/dev/null 2>&1 ||
    skip "npm does not give @opencode-ai/sdk and opencode-ai"
  touch "$cache/npm-ok"
fi
cp test/runtime/clients/sdk.mjs "$cache/"
cp test/runtime/clients/sdk.go.txt "$cache/go/main.go"
if [ ! -e "$cache/go/ok" ]; then
  (cd "$cache/go" && rm -f go.mod go.sum && go mod init clients && timeout 180 go get github.com/sst/opencode-sdk-go@v0.19.2 github.com/openai/openai-go/v3@v3.74.0 &&
    go mod tidy) >/dev/null 2>&1 || skip "the Go proxy does not give opencode-sdk-go and openai-go"
  touch "$cache/go/ok"
fi
(cd "$cache/go" && go build -o clients .)
tmp=$(mktemp -d)
go build -o "$tmp/serve" ./test/runtime/serve
mkfifo "$tmp/url"
"$tmp/serve" >"$tmp/url" & pid=$!
trap 'kill $pid 2>/dev/null; wait $pid 2>/dev/null; rm -rf "$tmp"' EXIT
read -r URL <"$tmp/url"
export URL
(cd "$cache" && node sdk.mjs)
"$cache/go/clients"
# OpenCode's own program is 180 MB and for some processors only; its launcher names what it installed.
bin=$(ls "$cache"/node_modules/opencode-linux-*/bin/opencode 2>/dev/null | head -1)
[ -n "$bin" ] || skip "opencode-ai has no program for this processor"
out=$(cd "$tmp" && HOME="$tmp" timeout 300 "$bin" run --attach "$URL" "hi" 2>&1)
case "$out" in *"Hello there, use a WHERE clause"*) echo "ok opencode run --attach" ;; *) echo "opencode run --attach said: $out" >&2; exit 1 ;; esac
