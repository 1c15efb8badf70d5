#!/usr/bin/env bash
# Runs other people's clients, unmodified, against panther-embed: OpenAI's Python client and LangChain's embedding class. They
# come from PyPI, once, into ${XDG_CACHE_HOME:-~/.cache}/panther/embed-clients. Where they cannot be had, a line says so;
# PANTHER_CLIENTS=1 makes that an error. (OpenAI's Go client runs in pkg/embed's tests.)
set -euo pipefail
cd "$(dirname "$0")/.."
skip() { echo "skipped: $1"; [ "${PANTHER_CLIENTS:-}" != 1 ] || exit 1; exit 0; }

clients=(openai==3.57.0 langchain-openai==1.7.4 numpy)
venv=${XDG_CACHE_HOME:-$HOME/.cache}/panther/embed-clients
if [ "$(cat "$venv/installed" 2>/dev/null)" != "${clients[*]}" ]; then
  rm -rf "$venv"
  mkdir -p "$(dirname "$venv")"
  if ! { python3 -m venv "$venv" && timeout 300 "$venv/bin/pip" install -q --disable-pip-version-check "${clients[@]}"; } >/dev/null 2>&1; then
    rm -rf "$venv"
    skip "python3 -m venv and pip do not give ${clients[*]}"
  fi
  echo "${clients[*]}" >"$venv/installed"
fi

tmp=$(mktemp -d)
trap '[ -z "${server:-}" ] || kill "$server" || true; rm -rf "$tmp"' EXIT
CGO_ENABLED=0 go build -o "$tmp/panther-embed" ./cmd/panther-embed
port=$(python3 -c 'import socket; s = socket.socket(); s.bind(("127.0.0.1", 0)); print(s.getsockname()[1])')
printf 'version = 1\nlisten = "127.0.0.1:%s"\n' "$port" >"$tmp/config.toml"
PANTHER_LOG=error "$tmp/panther-embed" -config "$tmp/config.toml" &
server=$!
for _ in $(seq 100); do
  ! curl -fso /dev/null "http://127.0.0.1:$port/healthz" || break
  sleep 0.1
done
"$venv/bin/python" test/embed/clients.py "http://127.0.0.1:$port/v1"
