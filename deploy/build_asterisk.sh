# shellcheck shell=sh
# The way round, for when the Asterisk of Debian sid can no longer be started by this machine's
# own system: the same source package, built here with this machine's compiler and libraries.
# Read in by setup.sh, whose functions it uses and of whose variables only these:
: "${here:?set by setup.sh}"

# What the modules of modules.conf and the core are linked with, and what builds them.
BUILD_PACKAGES="build-essential autoconf automake pkgconf libedit-dev libjansson-dev libxml2-dev
    libsqlite3-dev uuid-dev libssl-dev libsrtp2-dev libopus-dev patchelf"

# The modules we load are the only ones built: the list has one home.
wanted_modules() {
    sed -nE 's/^(load|require)=([a-z0-9_]+)\.so.*/\2/p' "$here/asterisk_conf/base/modules.conf"
}

elapsed() {
    seconds=$(($(date +%s) - started))
    printf '%d:%02d' $((seconds / 60)) $((seconds % 60))
}

stage() { say "building Asterisk: $* ($(elapsed))"; }

# A line a minute, so that nobody thinks it hangs; ends with the set-up, however that ends.
tick() {
    while sleep 60 >/dev/null 2>&1 && kill -0 $$ 2>/dev/null; do
        say "building Asterisk: still at it ($(elapsed))"
    done 9>&-
}

# apt with sources and lists of its own: those of the machine are neither read nor touched.
write_apt_conf() {
    mkdir -p lists/partial cache/archives/partial
    keyring=/usr/share/keyrings/debian-archive-keyring.gpg
    [ -e $keyring ] && signed_by="[signed-by=$keyring] " || signed_by=""
    echo "deb-src $signed_by$1 sid main" >sources.list
    archive_options | sed 's/$/;/' >apt.conf
    cat >>apt.conf <<CONF
Dir::Etc::SourceList "$PWD/sources.list";
Dir::Etc::SourceParts "/dev/null";
Dir::State::Lists "$PWD/lists";
Dir::Cache "$PWD/cache";
APT::Default-Release "";
APT::Sandbox::User "root";
CONF
}

fetch_source() {
    write_apt_conf "$1"
    if ! quietly build-update apt-get -c "$PWD/apt.conf" update \
        || ! quietly build-source apt-get -c "$PWD/apt.conf" source asterisk; then
        die "neither Asterisk nor its source could be fetched from the Debian archive this machine's apt uses: is it reachable? (log: var/log/setup-build-*.log)"
    fi
}

# As debian/rules does it: the SIP stack and the opus codec come as tarballs of their own.
put_parts_in_place() {
    cp -rf Xopus/codecs Xopus/formats .
    name=$(sed -n 's/^PJPROJECT_VERSION *= *//p' third-party/versions.mak)
    name=pjproject-$name
    mv Xpjproject "$work/$name"
    tar -C "$work" -cjf "$work/$name.tar.bz2" "$name"
    (cd "$work" && md5sum "$name.tar.bz2") >"third-party/pjproject/$name.tar.bz2.md5"
    chmod 755 debian/dummyprogs/fetch
}

configure_source() {
    ./bootstrap.sh && ./configure --prefix=/usr --sysconfdir=/etc --localstatedir=/var \
        --disable-asteriskssl --with-pjproject-bundled --with-externals-cache="$work"
}

choose_modules() {
    make menuselect.makeopts || return 1
    set --
    categories=$(sed -n 's/.*<category name="\(MENUSELECT_[A-Z_]*\)".*/\1/p' menuselect-tree)
    for category in $categories; do
        case $category in *CFLAGS* | *OPTS*) continue ;; esac
        set -- "$@" --disable-category "$category"
    done
    set -- "$@" --disable BUILD_NATIVE
    for module in $(wanted_modules); do
        set -- "$@" --enable "$module"
    done
    menuselect/menuselect "$@" menuselect.makeopts
}

# Only the program needs to know where the library of the SIP stack is: next to it, wherever that is.
install_tree() {
    # shellcheck disable=SC2016  # for the loader, not for the shell
    make DEBUG= OPTIMIZE=-O2 DESTDIR="$work/tree" install \
        && patchelf --set-rpath '$ORIGIN/../lib' "$work/tree/usr/sbin/asterisk"
}

# Into $1, from the archive $2. In a process of its own, so that its folder goes away however it ends.
build_asterisk() (
    started=$(date +%s)
    # Not below the checkout: make knows no blanks in paths.
    work=$(mktemp -d "${TMPDIR:-/var/tmp}/asterisk-build.XXXXXX")
    tick &
    ticking=$!
    trap 'rm -rf "$work"; kill $ticking 2>/dev/null || :' EXIT
    trap 'exit 130' INT
    trap 'exit 143' HUP TERM
    say "building Asterisk from the Debian source package with $(nproc) processor(s): takes about $((5 / $(nproc) + 1)) minutes"
    missing=""
    for package in $BUILD_PACKAGES; do
        is_installed "$package" || missing="$missing $package"
    done
    # shellcheck disable=SC2086  # a list of package names, to be split
    install_packages $missing
    cd "$work" || exit 1
    stage "fetching the source"
    fetch_source "$2"
    cd asterisk-*/ || exit 1
    put_parts_in_place
    # A downloader that always fails: whatever is built comes from the source package.
    PATH=$PWD/debian/dummyprogs:$PATH
    stage "configuring"
    quietly build-configure configure_source || die "Asterisk could not be configured (log: var/log/setup-build-configure.log)"
    quietly build-choose choose_modules || die "the modules of Asterisk could not be chosen (log: var/log/setup-build-choose.log)"
    stage "compiling"
    quietly build-make make -j"$(nproc)" DEBUG= OPTIMIZE=-O2 || die "Asterisk could not be compiled (log: var/log/setup-build-make.log)"
    stage "installing"
    quietly build-install install_tree \
        || die "Asterisk could not be installed (log: var/log/setup-build-install.log)"
    for module in $(wanted_modules); do
        [ -e "$work/tree/usr/lib/asterisk/modules/$module.so" ] \
            || die "the Asterisk that was built lacks $module.so (log: var/log/setup-build-make.log)"
    done
    rm -rf "$work/tree/usr/include" "$work/tree/usr/share/man"
    mkdir "$1"
    cp -a "$work/tree/usr" "$1"
    stage "done"
)
