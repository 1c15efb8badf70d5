#!/usr/bin/env bash
# Runs the check with which Datadog's agent reads figures, and Datadog's own client, against panther-metrics and a scripted
# intake: test/datadog. Both come from PyPI, once, and are kept in the cache; the runs themselves need no network. Where they
# cannot be had, a line says so; PANTHER_CLIENTS=1 makes that an error.
set -euo pipefail
cd "$(dirname "$0")/.."
skip() { echo "skipped: $1"; [ "${PANTHER_CLIENTS:-}" != 1 ] || exit 1; exit 0; }
venv=${XDG_CACHE_HOME:-$HOME/.cache}/panther/datadog
# The check's own list names more, such as a tracer and Kerberos, which need a compiler and are not used here.
python=(datadog-checks-base==38.7.0 datadog-api-client==2.62.0 binary==1.0.2 cachetools==7.2.0 cryptography==50.0.1 jellyfish==1.2.1
  lazy-loader==0.5 orjson==3.12.0 prometheus-client==0.26.0 protobuf==7.35.1 pydantic==2.13.5 python-dateutil==2.9.0.post0 pyyaml==6.0.3
  requests==2.34.2 requests-toolbelt==1.0.0 requests-unixsocket2==1.0.1 simplejson==4.1.2 urllib3==2.8.0 wrapt==2.3.0)
if [ "$(cat "$venv/installed" 2>/dev/null)" != "${python[*]}" ]; then
  rm -rf "$venv"
  { python3 -m venv "$venv" && timeout 300 "$venv/bin/pip" install -q --disable-pip-version-check --only-binary :all: "${python[@]}"; } >/dev/null 2>&1 ||
    skip "python3 -m venv and pip do not give ${python[*]}"
  echo "${python[*]}" >"$venv/installed"
fi
PANTHER_DATADOG=$venv/bin/python CGO_ENABLED=0 go test -count=1 ./test/datadog
