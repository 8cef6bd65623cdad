#!/bin/sh
# Makes .venv what uv.lock says; takes a moment when it is so already.
set -eu

root=$(CDPATH='' cd -- "$(dirname -- "$0")/.." && pwd)
cd "$root"
uv=$(sh local/bootstrap.sh)
wanted=$(cat .python-version)
export UV_PROJECT_ENVIRONMENT=.venv
unset VIRTUAL_ENV

# A Python that is here and will do. uv's own search ends at the first shim of a version manager that
# lacks the wanted version, so this looks behind the shims too.
other_python() {
    for name in python3.13 python3.12 python3.14 /usr/bin/python3 \
        "${PYENV_ROOT:-${HOME:-/}/.pyenv}"/versions/3.1[2-9]*/bin/python3; do
        (cd / && "$name" -c 'import sys
if sys.version_info < (3, 12): sys.exit(1)
print(sys.executable)') 2>/dev/null </dev/null && return
    done
    return 1
}

python=$("$uv" python find "$wanted" 2>/dev/null || other_python || printf '%s\n' "$wanted")
quiet=
if [ -x .venv/bin/python ]; then quiet=--quiet; fi
"$uv" sync --frozen --python "$python" $quiet && exit
if [ "$python" = "$wanted" ]; then
    echo "No Python 3.12 or newer is here, and uv could not fetch one: install it first." >&2
fi
exit 1
