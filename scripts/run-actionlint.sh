#!/bin/sh
# Runs actionlint over the workflows. Its package holds no program: it fetches one from GitHub while it is installed, by a
# digest that the package names. So it is no requirement of the tests, which must run where GitHub is not reached.
#   run-actionlint.sh PYTHON
set -eu
python=$1 place=$(mktemp -d)
trap 'rm -rf "$place"' EXIT
"$python" -m venv "$place/venv"
"$place/venv/bin/python" -m pip --disable-pip-version-check --quiet install --no-deps --require-hashes \
    --requirement requirements/actionlint.txt
"$place/venv/bin/actionlint" -color
