#!/bin/sh
# Puts polyreact on everybody's path, so that the steps of a job, those under sudo as well, call it by its name.
#   link-polyreact.sh BIN FOLDER
set -eu
target=$(cd "$1" && pwd)/polyreact link=$2/polyreact
if [ -w "$2" ]; then
    ln -sf "$target" "$link"
elif command -v sudo >/dev/null && sudo -n true 2>/dev/null; then
    sudo ln -sf "$target" "$link"
else
    echo "$link cannot be made: run this as root, or name another folder on the path: make runner LINKS=FOLDER" >&2
    exit 2
fi
echo "$link -> $target"
