#!/bin/sh
# Install a container engine if none answers; with --with-tests also everything that `make test` wants.
# Quick when nothing is missing. Exit status 4: root is needed, and the command to run was printed.
set -eu

WITH_TESTS=no
case "${1:-}" in
    "") ;;
    --with-tests) WITH_TESTS=yes ;;
    *) echo "usage: install-engine.sh [--with-tests]" >&2; exit 2 ;;
esac

say() { printf '%s\n' "$*" >&2; }

# Debian keeps daemons in folders that are not on everybody's PATH.
PATH="$PATH:/usr/sbin:/sbin"

has() { command -v "$1" >/dev/null 2>&1; }

answering_engine() {
    if has podman && podman info >/dev/null 2>&1; then echo podman; return; fi
    if has docker && docker version --format '{{.Server.Version}}' >/dev/null 2>&1; then echo docker; return; fi
    return 1
}

PACKAGES=""
want() { has "$1" || PACKAGES="$PACKAGES $2"; }

if ENGINE=$(answering_engine); then
    [ "$WITH_TESTS" = yes ] || { say "$ENGINE answers; nothing to install."; exit 0; }
else
    want podman podman
    want runc runc
    want busybox busybox-static
    # Packages do not help against a podman that answers only to root; the tests may want others besides.
    if has podman && { [ -z "$PACKAGES" ] || [ "$(id -u)" != 0 ]; }; then
        say "podman is installed and does not answer. What it says:"
        podman info >/dev/null || true
        if [ "$(id -u)" != 0 ]; then
            say "It may answer to root, and ranked runs need root anyway. Run this, as root:"
            if [ "$WITH_TESTS" = yes ]; then say "  sudo make test"; else say "  sudo make demo"; fi
        fi
        exit 4
    fi
fi

if [ "$WITH_TESTS" = yes ]; then
    want podman podman
    want runc runc
    want dockerd docker.io
    want busybox busybox-static
    want docker-registry docker-registry
    want chromium chromium
    want slurmctld slurm-wlm
    want munged munge
    want ip iproute2
    # What the driver of the browser tests is linked against, and a small system may lack.
    PATH="$PATH:/sbin:/usr/sbin" ldconfig -p 2>/dev/null | grep -q 'libatomic\.so\.1' || PACKAGES="$PACKAGES libatomic1"
fi

# The same package may be wanted twice.
PACKAGES=$(printf '%s\n' $PACKAGES | sort -u | tr '\n' ' ' | sed 's/ $//')
[ -n "$PACKAGES" ] || { say "Everything is installed."; exit 0; }

if ! has apt-get; then
    say "Missing: $PACKAGES. Only Debian and Ubuntu are known here; install podman or docker as your system does it."
    exit 4
fi
if [ "$(id -u)" != 0 ]; then
    say "Missing: $PACKAGES. Run this once, as root:"
    if [ "$WITH_TESTS" = yes ]; then say "  sudo make engines"; else say "  sudo make engine"; fi
    exit 4
fi

say "Installing from this system's package sources: $PACKAGES"
export DEBIAN_FRONTEND=noninteractive
# The daemon that docker.io brings is started by the tests themselves, on a socket of their own.
POLICY=/usr/sbin/policy-rc.d
if [ "$WITH_TESTS" = yes ] && [ ! -e "$POLICY" ]; then
    trap 'rm -f "$POLICY"' EXIT
    printf '#!/bin/sh\nexit 101\n' > "$POLICY"
    chmod 755 "$POLICY"
fi
apt-get update -qq
# From Debian 13 on docker.io comes without its client, which is a package of its own.
if [ "$WITH_TESTS" = yes ] && ! has docker && apt-cache show docker-cli >/dev/null 2>&1; then
    PACKAGES="$PACKAGES docker-cli"
fi
# shellcheck disable=SC2086  # a list of package names
apt-get install -qq -y --no-install-recommends $PACKAGES >/dev/null

if ENGINE=$(answering_engine); then
    say "$ENGINE answers."
else
    say "Installed, and no engine answers yet. What podman says:"
    podman info >/dev/null || exit 4
fi
