#!/bin/sh
# Sets up everything the line needs on Debian 12 or later: system packages, Python packages, the
# pages and a real Asterisk. Asks nothing, can be repeated; a second run takes about a second.
#   sh deploy/setup.sh        for running
#   sh deploy/setup.sh test   also what the tests need (a browser, Chinese fonts, PostgreSQL, a clock to set)
# HOTLINE_ASTERISK_BUILD=1 builds Asterisk here instead of taking the one that Debian built; without
# it that happens only where Debian's does not start.
set -eu

here=$(CDPATH='' cd -- "$(dirname -- "$0")/.." && pwd)
cd "$here"
what=${1:-run}
var=$here/var
stamps=$var/stamps
asterisk=${HOTLINE_ASTERISK_ROOT:-$var/asterisk}
mkdir -p "$stamps" "$var/bin" "$var/log"

say() { printf '[setup] %s\n' "$*"; }
die() { printf '[setup] %s\n' "$*" >&2; exit 1; }

# Two set-ups in one checkout would trip over each other: the second waits for the first.
exec 9>"$var/setup.lock"
if ! flock -n 9; then
    say "another set-up is at work here; waiting for it"
    flock -w 1200 9 || die "the other set-up did not finish within 20 minutes; stop it and try again"
fi

# Runs a command quietly; on failure its last lines are shown, since they name the cause.
quietly() {
    log=$var/log/setup-$1.log
    shift
    if ! "$@" >"$log" 2>&1; then
        tail -n 15 "$log" >&2
        return 1
    fi
}

as_root() {
    if [ "$(id -u)" = 0 ]; then
        "$@"
    else
        sudo -n "$@"
    fi
}

may_be_root() {
    [ "$(id -u)" = 0 ] || sudo -n true 2>/dev/null
}

sum() { sha256sum "$@" | sha256sum | cut -d ' ' -f 1; }
is_done() { [ "$(cat "$stamps/$1" 2>/dev/null)" = "$2" ]; }
mark_done() { printf '%s\n' "$2" >"$stamps/$1.new" && mv "$stamps/$1.new" "$stamps/$1"; }

# --- system packages

updated=no
update_lists() {
    [ $updated = no ] || return 0
    say "reading the package lists"
    # A foreign source that is down must not stop us: what counts is whether the install works.
    quietly apt-update as_root apt-get -o Acquire::Retries=3 update \
        || say "some package lists could not be read; going on with the others"
    updated=yes
}

install_packages() {
    [ $# -gt 0 ] || return 0
    command -v apt-get >/dev/null 2>&1 \
        || die "these Debian packages are missing and there is no apt-get here: $*"
    may_be_root || die "these packages are missing: $*; run this as root or as a user whose sudo asks no password (sudo -v first)"
    update_lists
    say "installing $*"
    quietly apt-install as_root env DEBIAN_FRONTEND=noninteractive apt-get install -y \
        --no-install-recommends -o Acquire::Retries=3 -o DPkg::Lock::Timeout=180 "$@" \
        || die "apt-get could not install: $* (log: var/log/setup-apt-install.log)"
}

is_installed() { dpkg-query -W -f '${Status}' "$1" 2>/dev/null | grep -q '^install ok installed$'; }

python_fits() {
    "$1" -c 'import ensurepip, sys, venv; sys.exit(sys.version_info < (3, 11))' 2>/dev/null
}

find_python() {
    for candidate in python3 python3.13 python3.12 python3.11 python3.14; do
        if command -v "$candidate" >/dev/null 2>&1 && python_fits "$candidate"; then
            command -v "$candidate"
            return 0
        fi
    done
    return 1
}

# The version that a command starting Asterisk reports; fails unless the line can run on it.
version_of() {
    version=$("$@" -V 2>/dev/null | sed -n 's/^Asterisk \([0-9][0-9.]*\).*/\1/p')
    [ -n "$version" ] && [ "${version%%.*}" -ge 22 ] && echo "$version"
}

packaged_asterisk() {
    command -v asterisk >/dev/null 2>&1 && version_of asterisk >/dev/null
}

missing=""
need() { command -v "$1" >/dev/null 2>&1 || missing="$missing $2"; }

[ -x .venv/bin/python ] || find_python >/dev/null || missing="$missing python3 python3-venv"
# redis-tools holds the server's program too (redis-check-rdb, named by how it is called), and
# unlike redis-server it starts no system service.
command -v redis-server >/dev/null 2>&1 || need redis-check-rdb redis-tools
need sipp sip-tester
need espeak-ng espeak-ng
need sox sox
if ! packaged_asterisk; then
    need mmdebstrap mmdebstrap
    [ -e /usr/share/keyrings/debian-archive-keyring.gpg ] || missing="$missing debian-archive-keyring"
fi
if [ "$what" = test ]; then
    need chromium chromium
    is_installed fonts-noto-cjk || missing="$missing fonts-noto-cjk"
    # a clock that a test sets for Asterisk and our programs, and for nobody else
    is_installed libfaketime || missing="$missing libfaketime"
    if [ -z "$(find /usr/lib/postgresql -name initdb 2>/dev/null)" ]; then
        # Only its programs are wanted: told so beforehand, Debian makes and starts no cluster.
        if may_be_root && [ ! -e /etc/postgresql-common/createcluster.conf ]; then
            as_root mkdir -p /etc/postgresql-common
            echo 'create_main_cluster = false' \
                | as_root tee /etc/postgresql-common/createcluster.conf >/dev/null
        fi
        missing="$missing postgresql"
    fi
fi
# shellcheck disable=SC2086  # a list of package names, to be split
install_packages $missing

if ! command -v redis-server >/dev/null 2>&1; then
    # the program itself, not a link that somebody's PATH has to it
    ln -sf "$(readlink -f "$(command -v redis-check-rdb)")" "$var/bin/redis-server"
fi

# --- Python

if [ ! -x .venv/bin/python ] || ! python_fits .venv/bin/python; then
    python=$(find_python) || die "no Python of version 3.11 or later with the venv module was found"
    say "making .venv with $("$python" --version)"
    rm -rf .venv "$stamps/python" "$stamps/project"
    quietly venv "$python" -m venv .venv || die "python -m venv failed (log: var/log/setup-venv.log)"
fi

export PIP_ROOT_USER_ACTION=ignore PIP_DISABLE_PIP_VERSION_CHECK=1 PIP_NO_INPUT=1
wanted="$(.venv/bin/python --version) $(sum requirements.lock)"
if ! is_done python "$wanted"; then
    say "installing the Python packages of requirements.lock"
    quietly pip .venv/bin/python -m pip install --retries 5 --require-hashes -r requirements.lock \
        || die "pip could not install requirements.lock: is the package index reachable? (log: var/log/setup-pip.log)"
    mark_done python "$wanted"
fi

# Also when a room was added: the installed command finds rooms by name.
wanted="$here $(sum pyproject.toml) $(echo */__init__.py)"
if ! is_done project "$wanted" || [ ! -x .venv/bin/hotline ]; then
    say "installing the hotline command"
    quietly project .venv/bin/python -m pip install --no-deps --no-build-isolation --no-index -e . \
        || die "pip could not install the project itself (log: var/log/setup-project.log)"
    mark_done project "$wanted"
fi

# --- Asterisk

# The archive this machine already uses. Nothing is written down here: a mirror, a snapshot or a
# proxy of the machine's owner is taken as it is.
archive() {
    # shellcheck disable=SC2016  # the names are apt's, not the shell's
    apt-get indextargets --format '$(ORIGIN)|$(RELEASE)|$(COMPONENT)|$(SITE)' 'Created-By: Packages' \
        2>/dev/null | grep '^Debian|' | grep -v -e '-security|' -e '|[^|]*security' \
        | grep '|main|' | cut -d '|' -f 4 | head -n 1
}

# The options of the machine's apt that decide how an archive is reached and how old it may be.
archive_options() {
    apt-config dump | grep -E '^Acquire::(Check-|Max-|Min-|Force|Retries|Queue-|http|https|socks)' \
        | grep -v ' "";$' | sed 's/;$//'
    if grep -rqisE '^[^#]*check-valid-until *[:=] *(no|false)' /etc/apt/sources.list /etc/apt/sources.list.d; then
        echo 'Acquire::Check-Valid-Until "false"'
    fi
    echo 'Acquire::Retries "4"'
}

# The version in a tree of ours: an extracted one starts with its own loader, a built one by itself.
version_in() {
    loader=$(find "$1/usr/lib64" "$1/usr/lib" -maxdepth 2 -name 'ld-linux*.so.*' 2>/dev/null | head -n 1)
    if [ -z "$loader" ]; then
        version_of "$1/usr/sbin/asterisk"
    else
        version_of "$loader" --library-path \
            "$(dirname "$(find "$1/usr/lib" -maxdepth 2 -name libc.so.6 | head -n 1)")" \
            "$1/usr/sbin/asterisk"
    fi
}

# Into $1; fails when nothing came or what came does not start here.
extract_asterisk() {
    tree=$1
    say "fetching Asterisk from the Debian archive (about 80 MB)"
    set -- --variant=extract --mode=chrootless --include=asterisk
    while IFS= read -r option; do
        set -- "$@" "--aptopt=$option"
    done <<OPTIONS
$(archive_options)
OPTIONS
    if ! quietly asterisk mmdebstrap "$@" sid "$tree" "$mirror"; then
        say "Asterisk could not be fetched from the Debian archive (log: var/log/setup-asterisk.log)"
        return 1
    fi
    if ! version_in "$tree" >/dev/null; then
        say "the Asterisk that Debian built does not start on this machine, or is older than 22"
        return 1
    fi
    rm -rf "$tree/usr/share/doc" "$tree/usr/share/man" "$tree/usr/share/locale" \
        "$tree/var/lib/apt" "$tree/var/cache/apt"
}

# shellcheck source=deploy/build_asterisk.sh
. "$here/deploy/build_asterisk.sh"

is_built() { [ "${HOTLINE_ASTERISK_BUILD:-}" != 1 ] || [ -e "$asterisk/BUILT" ]; }

install_asterisk() {
    # Never away with a folder that somebody else filled.
    [ ! -e "$asterisk" ] || [ -e "$asterisk/VERSION" ] || [ -z "$(ls -A "$asterisk")" ] \
        || die "$asterisk holds no Asterisk 22 or later that starts here; remove it or set HOTLINE_ASTERISK_ROOT"
    mirror=$(archive)
    if [ -z "$mirror" ] && may_be_root; then
        update_lists
        mirror=$(archive)
    fi
    [ -n "$mirror" ] || die "apt knows no Debian archive here, so Asterisk cannot be fetched; add one to the apt sources, or install Asterisk 22 or later yourself"
    # What an interrupted set-up left behind goes first; the lock says nobody is using it.
    rm -rf "$asterisk".new.* "$asterisk".old.*
    new=$asterisk.new.$$
    mkdir -p "$(dirname "$asterisk")"
    if [ "${HOTLINE_ASTERISK_BUILD:-}" = 1 ] || ! extract_asterisk "$new"; then
        rm -rf "$new"
        build_asterisk "$new" "$mirror"
        touch "$new/BUILT"
    fi
    version=$(version_in "$new") || die "the Asterisk that was built does not start, or is older than 22"
    printf '%s\n' "$version" >"$new/VERSION"
    old=$asterisk.old.$$
    [ ! -e "$asterisk" ] || mv "$asterisk" "$old"
    mv "$new" "$asterisk"
    rm -rf "$old"
    say "Asterisk $version is in $asterisk"
    tested=$(.venv/bin/python -c 'from hotline.preflight import TESTED_ASTERISK as t; print(*t)')
    for known in $tested; do
        case $version in "$known" | "$known".*) return 0 ;; esac
    done
    say "this version is new to us (tested: $tested): run make test before you rely on it"
}

if packaged_asterisk; then
    is_done asterisk packaged || say "using the Asterisk on PATH: $(asterisk -V)"
    mark_done asterisk packaged
elif ! version_in "$asterisk" >/dev/null || ! is_built; then
    install_asterisk
fi

# --- the pages

web=agent_console/web
if [ -f $web/package-lock.json ]; then
    # shellcheck disable=SC2031  # that other PATH is only the build's
    export PATH="$here/.venv/bin:$PATH"
    wanted=$(sum $web/package-lock.json $web/package.json)
    if ! is_done web-packages "$wanted" || [ ! -d $web/node_modules ]; then
        say "installing the packages of the pages"
        (cd $web && quietly npm npm ci --no-audit --no-fund --fetch-retries=5) \
            || die "npm could not install the packages of the pages (log: var/log/setup-npm.log)"
        mark_done web-packages "$wanted"
    fi
    # shellcheck disable=SC2046  # file names of ours, no blanks in them
    wanted=$(sum $(find $web -type f -not -path '*/node_modules/*' -not -path '*/dist/*' \
        -not -path '*/dist.new/*' | LC_ALL=C sort))
    if ! is_done web "$wanted" || [ ! -f $web/dist/index.html ]; then
        say "building the pages"
        rm -rf $web/dist.new
        (cd $web && quietly vite npm run build -- --outDir dist.new --emptyOutDir) \
            || die "the pages could not be built (log: var/log/setup-vite.log)"
        rm -rf $web/dist && mv $web/dist.new $web/dist
        mark_done web "$wanted"
    fi
fi

say "ready"
