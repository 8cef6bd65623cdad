#!/bin/sh
# Makes .venv what uv.lock says; takes a moment when it is so already.
set -eu

root=$(CDPATH='' cd -- "$(dirname -- "$0")/.." && pwd)
cd "$root"
uv=$(sh local/bootstrap.sh)
export UV_PROJECT_ENVIRONMENT=.venv
unset VIRTUAL_ENV

# The version that we develop with, else any that will do and is here, else uv fetches the first.
python=$("$uv" python find "$(cat .python-version)" 2>/dev/null ||
    "$uv" python find '>=3.12' 2>/dev/null || cat .python-version)

quiet=
if [ -x .venv/bin/python ]; then quiet=--quiet; fi
exec "$uv" sync --frozen --python "$python" $quiet
