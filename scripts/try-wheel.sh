#!/bin/sh
# Builds dist/ (wheel and source), installs the wheel with the locked requirements in an environment of its own, and lets
# it do something: the version, the catalogue, the board of this clone's records.
#   try-wheel.sh PYTHON
# In a job for a tag of GitHub Actions the tag must be the version's.
set -eu
python=$1 place=$(mktemp -d)
trap 'rm -rf "$place"' EXIT
"$python" -m venv "$place/venv"
pip() { "$place/venv/bin/python" -m pip --disable-pip-version-check --quiet "$@"; }
pip install --no-deps --require-hashes --requirement requirements/run.txt

rm -rf dist
"$place/venv/bin/python" scripts/build_distribution.py dist
pip install --no-deps dist/*.whl
pip check

cd "$place"  # so that nothing of the clone's src is imported
version=$(venv/bin/polyreact --version)
echo "$("$place/venv/bin/python" --version): $version"
if [ "${GITHUB_REF_TYPE:-}" = tag ] && [ "polyreact, version ${GITHUB_REF_NAME#v}" != "$version" ]; then
    echo "the tag is $GITHUB_REF_NAME, and the package calls itself: $version" >&2
    exit 1
fi
venv/bin/polyreact track list >/dev/null
venv/bin/polyreact leaderboard build --results "$OLDPWD/results" --submissions "$OLDPWD/submissions"
