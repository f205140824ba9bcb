#!/bin/sh
# What tests run with node (the HTML validator, GitHub's language service): the packages of a folder's package-lock.json,
# each by its digest, with the node of the Python requirements.
#   install-validator.sh VENV FOLDER NAME        installed as VENV/lib/NAME
set -eu
venv=$1 folder=$2 home=$1/lib/$3

mkdir -p "$home"
cp "$folder/package.json" "$folder/package-lock.json" "$home/"
echo "installing $folder/package-lock.json into $home"
PATH="$(cd "$venv/bin" && pwd):$PATH" npm ci --prefix "$home" --ignore-scripts --no-audit --no-fund --loglevel=error
