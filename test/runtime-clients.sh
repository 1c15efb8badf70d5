#!/bin/sh
# Unmodified clients against a runtime with a scripted model: the JavaScript and Go SDKs of OpenCode, `opencode run
# --attach`, and OpenAI's Go client. They come from npm and the Go proxy, so it runs only when asked:
# PANTHER_CLIENTS=1 test/runtime-clients.sh. They are kept in the cache; the runs themselves need no network.
set -eu
cd "$(dirname "$0")/.."
[ "${PANTHER_CLIENTS:-}" = 1 ] || { echo "skipped: set PANTHER_CLIENTS=1 to install OpenCode's and OpenAI's clients and run them"; exit 0; }
for c in go node npm; do command -v $c >/dev/null || { echo "skipped: $c is not installed"; exit 0; }; done
cache="${XDG_CACHE_HOME:-$HOME/.cache}/panther/runtime-clients"
mkdir -p "$cache/go"
[ -d "$cache/node_modules/opencode-ai" ] || npm install --silent --no-audit --no-fund --prefix "$cache" @opencode-ai/sdk@1.19.3 opencode-ai@1.18.33
cp test/runtime/clients/sdk.mjs "$cache/"
cp test/runtime/clients/sdk.go.txt "$cache/go/main.go"
[ -f "$cache/go/go.mod" ] || (cd "$cache/go" && go mod init clients && go get github.com/sst/opencode-sdk-go@v0.19.2 github.com/openai/openai-go/v3@v3.74.0) >/dev/null 2>&1
(cd "$cache/go" && go mod tidy >/dev/null 2>&1 && go build -o clients .)
tmp=$(mktemp -d)
go build -o "$tmp/serve" ./test/runtime/serve
mkfifo "$tmp/url"
"$tmp/serve" >"$tmp/url" & pid=$!
trap 'kill $pid 2>/dev/null; wait $pid 2>/dev/null; rm -rf "$tmp"' EXIT
read -r URL <"$tmp/url"
export URL
(cd "$cache" && node sdk.mjs)
"$cache/go/clients"
bin=$(ls "$cache"/node_modules/opencode-linux-*/bin/opencode | head -1)
out=$(cd "$tmp" && HOME="$tmp" timeout 60 "$bin" run --attach "$URL" "hi" 2>&1)
case "$out" in *"Hello there, use a WHERE clause"*) echo "ok opencode run --attach" ;; *) echo "opencode run --attach said: $out" >&2; exit 1 ;; esac
