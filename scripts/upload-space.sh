#!/bin/sh
# Uploads build/publish/space to the Space that POLYREACT_SPACE names (owner/name), with the token HF_TOKEN; without a name
# there is nothing to do.
#   upload-space.sh BIN
set -eu
if [ -z "${POLYREACT_SPACE:-}" ]; then
    echo "POLYREACT_SPACE is not set: no Space to upload to."
    exit 0
fi
: "${HF_TOKEN:?a token that may write to the Space $POLYREACT_SPACE}"
"$1/polyreact" leaderboard publish --to space --repo "$POLYREACT_SPACE" --dry-run
"$1/hf" upload "$POLYREACT_SPACE" build/publish/space . --repo-type space --delete "*" --quiet
