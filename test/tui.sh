#!/bin/sh
# OpenCode's terminal interface, unmodified from npm (as test/runtime-clients.sh keeps it), attached to a runtime with a
# scripted model in a terminal of tmux. Where it cannot be had, a line says so; PANTHER_CLIENTS=1 makes that an error.
set -eu
cd "$(dirname "$0")/.."
skip() { echo "skipped: $1"; [ "${PANTHER_CLIENTS:-}" != 1 ] || exit 1; exit 0; }
for c in go tmux; do command -v $c >/dev/null || skip "$c is not installed"; done
PANTHER_OPENCODE=$(ls "${XDG_CACHE_HOME:-$HOME/.cache}"/panther/runtime-clients/node_modules/opencode-linux-*/bin/opencode 2>/dev/null | head -1)
[ -n "$PANTHER_OPENCODE" ] || skip "opencode-ai is not in the cache, or has no program for this processor"
tmp=$(mktemp -d)
go build -o "$tmp/serve" ./test/runtime/serve
mkfifo "$tmp/url"
"$tmp/serve" >"$tmp/url" & pid=$!
trap 'kill $pid 2>/dev/null || true; wait $pid 2>/dev/null || true; rm -rf "$tmp"' EXIT
read -r PANTHER_URL <"$tmp/url"
export PANTHER_OPENCODE PANTHER_URL
go test -count=1 ./test/runtime/tui "$@"
