#!/bin/sh
# Installs what training needs (the extra `baselines`) into a virtual environment that make-venv.sh has made.
#   add-baselines.sh VENV REQUIREMENTS
#
# Everything but torch is locked by hash. Of torch only the version is: its builds for CPUs and for each kind of GPU
# have one version and different hashes and companions, and pip chooses the one that its index has for this machine.
set -eu
venv=$1 requirements=$2
torch=2.13.0

echo "installing $requirements and torch $torch into $venv"
pip() { "$venv/bin/python" -m pip --disable-pip-version-check --quiet "$@"; }
pip install --no-deps --require-hashes --requirement "$requirements"
pip install "torch==$torch"
pip check
