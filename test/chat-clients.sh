#!/usr/bin/env bash
# Runs chat clients of others, unmodified, against a runtime with a scripted model: OpenAI's Python client, LangChain, LiteLLM,
# llm and the AI SDK, by chat completions and by responses, and what Open WebUI sends. They come from PyPI and npm, once, and are kept in the cache; the runs
# themselves need no network. Where they cannot be had, a line says so; PANTHER_CLIENTS=1 makes that an error.
set -euo pipefail
cd "$(dirname "$0")/.."
skip() { echo "skipped: $1"; [ "${PANTHER_CLIENTS:-}" != 1 ] || exit 1; exit 0; }
cache=${XDG_CACHE_HOME:-$HOME/.cache}/panther/chat-clients
mkdir -p "$cache"
python=(openai==3.57.0 langchain-openai==1.7.4 litellm==1.110.2 llm==0.36)
node=(ai@7.0.173 @ai-sdk/openai@4.0.118 @ai-sdk/openai-compatible@3.0.92 zod@4.6.7)
if [ "$(cat "$cache/installed" 2>/dev/null)" != "${python[*]} ${node[*]}" ]; then
  rm -rf "$cache/venv" "$cache/node_modules"
  { python3 -m venv "$cache/venv" && timeout 300 "$cache/venv/bin/pip" install -q --disable-pip-version-check "${python[@]}"; } >/dev/null 2>&1 ||
    skip "python3 -m venv and pip do not give ${python[*]}"
  timeout 300 npm install --fetch-retries=1 --fetch-retry-mintimeout=1000 --silent --no-audit --no-fund --prefix "$cache" "${node[@]}" >/dev/null 2>&1 ||
    skip "npm does not give ${node[*]}"
  echo "${python[*]} ${node[*]}" >"$cache/installed"
fi
tmp=$(mktemp -d)
go build -o "$tmp/serve" ./test/runtime/serve
mkfifo "$tmp/url"
"$tmp/serve" >"$tmp/url" & server=$!
trap 'kill $server 2>/dev/null || true; wait $server 2>/dev/null || true; rm -rf "$tmp"' EXIT
read -r URL <"$tmp/url"
export URL
"$cache/venv/bin/python" test/chat/clients.py "$URL"
"$cache/venv/bin/python" test/chat/gateways.py "$URL"
mkdir "$tmp/llm"
printf -- '- model_id: panther\n  model_name: panther\n  api_base: "%s/v1"\n  supports_tools: true\n' "$URL" >"$tmp/llm/extra-openai-models.yaml"
for way in "" --no-stream; do
  out=$(LLM_USER_PATH="$tmp/llm" OPENAI_API_KEY=x timeout 120 "$cache/venv/bin/llm" -m panther $way 'how do I make a partial index?' </dev/null)
  [[ $out = *"use a WHERE clause [1]"*Sources* ]] || { echo "llm $way said: $out" >&2; exit 1; }
done
echo "llm works"
cp test/chat/aisdk.mjs "$cache/"
(cd "$cache" && node aisdk.mjs)
