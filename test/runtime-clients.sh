#!/bin/sh
# Unmodified clients against a runtime with a scripted model: the JavaScript and Go SDKs of OpenCode, `opencode run
# --attach`, and OpenAI's Go client. They come from npm and the Go proxy, once, and are kept in the cache; the runs
# themselves need no network. Where they cannot be had, a line says so; PANTHER_CLIENTS=1 makes that an error.
# What OpenCode's own server describes is asked of ours: test/runtime/operations.md has what each operation gives.
# A new release is tried by OPENCODE=1.2.3, and UPDATE=1 writes the table.
set -eu
cd "$(dirname "$0")/.."
skip() { echo "skipped: $1"; [ "${PANTHER_CLIENTS:-}" != 1 ] || exit 1; exit 0; }
for c in go node npm; do command -v $c >/dev/null || skip "$c is not installed"; done
cache="${XDG_CACHE_HOME:-$HOME/.cache}/panther/runtime-clients"
mkdir -p "$cache/go"
release=${OPENCODE:-1.18.33}
npm=$cache/npm-ok-$release
if [ ! -e "$npm" ]; then
  timeout 180 npm install --fetch-retries=1 --fetch-retry-mintimeout=1000 --silent --no-audit --no-fund --prefix "$cache" @opencode-ai/sdk@1.19.3 "opencode-ai@$release" >/dev/null 2>&1 ||
    skip "npm does not give @opencode-ai/sdk and opencode-ai"
  rm -f "$cache"/npm-ok*
  touch "$npm"
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
trap 'kill $pid ${theirs:-} 2>/dev/null || true; wait $pid ${theirs:-} 2>/dev/null || true; rm -rf "$tmp"' EXIT
read -r URL <"$tmp/url"
export URL
(cd "$cache" && node sdk.mjs)
"$cache/go/clients"
# OpenCode's own program is 180 MB and for some processors only; its launcher names what it installed.
bin=$(ls "$cache"/node_modules/opencode-linux-*/bin/opencode 2>/dev/null | head -1)
[ -n "$bin" ] || skip "opencode-ai has no program for this processor"
out=$(cd "$tmp" && HOME="$tmp" timeout 300 "$bin" run --attach "$URL" "hi" 2>&1)
case "$out" in *"Hello there, use a WHERE clause"*) echo "ok opencode run --attach" ;; *) echo "opencode run --attach said: $out" >&2; exit 1 ;; esac
mkfifo "$tmp/theirs"
(cd "$tmp" && HOME="$tmp" OPENCODE_DISABLE_MODELS_FETCH=1 OPENCODE_DISABLE_AUTOUPDATE=1 exec "$bin" serve --hostname 127.0.0.1 --port 0) >"$tmp/theirs" 2>&1 & theirs=$!
exec 3<"$tmp/theirs"
while read -r line <&3; do case "$line" in *"listening on "*) break ;; esac; done
node -e 'fetch(process.argv[1] + "/doc").then((r) => r.text()).then((t) => console.log(t))' "${line##* }" >"$tmp/doc.json"
go run ./test/runtime/operations -url "$URL" -doc "$tmp/doc.json" -table test/runtime/operations.md ${UPDATE:+-update}
