#!/bin/sh
# Pushes the image of polyreact itself to the registry of GitHub, from a job of its Actions.
#   push-image.sh PYTHON
# GITHUB_REPOSITORY names the image, GITHUB_REF_NAME (v1.2.3) its tag; GITHUB_TOKEN is read from the environment and goes
# to the engine by stdin. `name` and `digest` are told to the job's later steps.
set -eu
: "${GITHUB_REPOSITORY:?only in a job of GitHub Actions}" "${GITHUB_REF_NAME:?}" "${GITHUB_ACTOR:?}" "${GITHUB_TOKEN:?}"
: "${GITHUB_OUTPUT:?}"
name="ghcr.io/$(printf '%s' "$GITHUB_REPOSITORY" | tr '[:upper:]' '[:lower:]')"
built=$("$1" scripts/platform_image.py --engine podman)
printf '%s' "$GITHUB_TOKEN" | podman login --username "$GITHUB_ACTOR" --password-stdin ghcr.io
digest=$(mktemp)
trap 'rm -f "$digest"; podman logout ghcr.io >/dev/null' EXIT
podman push --digestfile "$digest" "${built##*@}" "$name:${GITHUB_REF_NAME#v}"
printf 'name=%s\ndigest=%s\n' "$name" "$(cat "$digest")" >>"$GITHUB_OUTPUT"
