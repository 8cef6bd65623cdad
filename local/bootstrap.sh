#!/bin/sh
# Prints the path of a usable uv: the one on PATH, else one bootstrapped into .uv of the checkout.
set -eu

UV_VERSION=0.13.9
root=$(CDPATH='' cd -- "$(dirname -- "$0")/.." && pwd)

say() { printf '%s\n' "$*" >&2; }

# Old ones don't know dependency groups. A shim of a version manager may be there and not answer.
usable() {
    case $("$1" --version 2>/dev/null </dev/null) in
        '' | 'uv 0.'[0-7].*) return 1 ;;
        'uv '*) return 0 ;;
        *) return 1 ;;
    esac
}

# Run from /, so that a version manager doesn't look for the version that .python-version names.
pythons() {
    for name in python3 /usr/bin/python3 /usr/local/bin/python3 \
        python3.14 python3.13 python3.12 python3.11 python3.10 python \
        "${PYENV_ROOT:-${HOME:-/}/.pyenv}"/versions/*/bin/python3; do
        (cd / && "$name" -c 'import sys; sys.exit(sys.version_info < (3, 9))') \
            >/dev/null 2>&1 </dev/null && printf '%s\n' "$name"
    done
}

# In a folder of its own: a uv inside some Python vanishes when that Python isn't the chosen one.
bootstrap() {
    rm -rf "$root/.uv"
    if (cd / && "$1" -m venv "$root/.uv") >/dev/null 2>&1; then
        (cd / && "$root/.uv/bin/python" -m pip install --quiet "uv==$UV_VERSION") >&2
    else
        # Debian keeps venv in a package of its own, and pip in another.
        rm -rf "$root/.uv"
        (cd / && "$1" -m pip --version) >/dev/null 2>&1 || return 1
        (cd / && "$1" -m pip install --quiet --target "$root/.uv" "uv==$UV_VERSION") >&2
    fi
}

if usable uv; then
    command -v uv
    exit
fi
if usable "$root/.uv/bin/uv"; then
    printf '%s\n' "$root/.uv/bin/uv"
    exit
fi

say "Installing uv $UV_VERSION into .uv"
found=
for python in $(pythons); do
    found=$python
    if bootstrap "$python" && usable "$root/.uv/bin/uv"; then
        printf '%s\n' "$root/.uv/bin/uv"
        exit
    fi
done
rm -rf "$root/.uv"
if [ -z "$found" ]; then
    say "No Python 3.9 or newer was found: install one, or uv (https://docs.astral.sh/uv/)."
else
    say "$found could not install uv: it needs the network and venv or pip" \
        "(Debian: apt-get install python3-venv). Or install uv (https://docs.astral.sh/uv/)."
fi
exit 1
