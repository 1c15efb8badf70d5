#!/usr/bin/env bash
# Runs other people's clients against panther-embed. They come from PyPI into a temporary environment, so it runs only when
# asked: PANTHER_CLIENTS=1 test/embed-clients.sh
set -euo pipefail
cd "$(dirname "$0")/.."
[ "${PANTHER_CLIENTS:-}" = 1 ] || { echo "skipped: set PANTHER_CLIENTS=1 to install the OpenAI and LangChain clients and run them"; exit 0; }

tmp=$(mktemp -d)
trap '[ -z "${server:-}" ] || kill "$server"; rm -rf "$tmp"' EXIT
python3 -m venv "$tmp/venv"
"$tmp/venv/bin/pip" install -q openai langchain-openai langchain-core numpy
CGO_ENABLED=0 go build -o "$tmp/panther-embed" ./cmd/panther-embed
port=$(python3 -c 'import socket; s = socket.socket(); s.bind(("127.0.0.1", 0)); print(s.getsockname()[1])')
printf 'version = 1\nlisten = "127.0.0.1:%s"\n' "$port" >"$tmp/config.toml"
PANTHER_LOG=error "$tmp/panther-embed" -config "$tmp/config.toml" &
server=$!
for _ in $(seq 100); do
  ! curl -fso /dev/null "http://127.0.0.1:$port/healthz" || break
  sleep 0.1
done
"$tmp/venv/bin/python" test/embed/clients.py "http://127.0.0.1:$port/v1"
