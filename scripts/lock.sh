#!/bin/sh
# Writes requirements/*.txt: names, versions and hashes only, never where a package came from.
set -eu
cd "$(dirname "$0")/.."
lock() {
    uv pip compile --quiet --universal --python-version 3.11 --generate-hashes --no-emit-index-url --no-header \
        pyproject.toml --group "$1" --output-file "requirements/$2.txt"
}
lock build run
lock dev dev
