#!/bin/sh
# Makes the virtual environment and installs locked requirements and the package itself into it.
#   make-venv.sh PYTHON VENV REQUIREMENTS
set -eu
python=$1 venv=$2 requirements=$3

"$python" -c 'import sys; sys.exit(sys.version_info < (3, 11))' || {
    echo "polyreact needs Python 3.11 or newer; $python is $("$python" --version 2>&1)." >&2
    echo "Name another one: make PYTHON=python3.12 ..." >&2
    exit 2
}
if ! "$python" -c 'import ensurepip, venv' 2>/dev/null; then
    package="python$("$python" -c 'import sys; print("%d.%d" % sys.version_info[:2])')-venv"
    if [ "$(id -u)" = 0 ] && command -v apt-get >/dev/null; then
        echo "installing $package from the distribution: this Python cannot make virtual environments without it"
        apt-get update -qq && DEBIAN_FRONTEND=noninteractive apt-get install -y -qq --no-install-recommends "$package" >/dev/null
    else
        echo "This Python cannot make virtual environments. Install its venv package:" >&2
        echo "  sudo apt-get install $package" >&2
        exit 2
    fi
fi
[ -x "$venv/bin/python" ] || "$python" -m venv "$venv"
echo "installing $requirements into $venv"
pip() { "$venv/bin/python" -m pip --disable-pip-version-check --quiet "$@"; }
# The list is complete, so nothing is resolved: a pip before 24 would take "coverage[toml]" of another package for a
# package of its own, choose its newest version, and refuse it because only the pinned one has a hash.
pip install --no-deps --require-hashes --requirement "$requirements"
pip install --no-deps --no-build-isolation --editable .
pip check
