#!/bin/bash
# Installs from Debian what this machine lacks. If nothing is missing it only looks, which is quick and needs neither
# network nor root.
#
#     deps.sh build   what building needs: all that a machine with a name server of its own should get
#     deps.sh demo    that, and BIND with its tools
#     deps.sh all     that, and what the tests and benches need: all servers and the tools to compare with
set -eu

wanted=${1:-all}

build=(gcc libc6-dev make meson ninja-build pkg-config libzstd-dev zlib1g-dev liblzma-dev libpcre2-dev libpsl-dev)
demo=(bind9 bind9-dnsutils bind9-utils)
tests=(
    g++ clang libclang-rt-14-dev llvm clang-format libcmocka-dev libfstrm-dev protobuf-compiler python3 python3-yaml mandoc
    unbound knot knot-dnsutils knot-module-dnstap
    dnstap-ldns fstrm-bin golang-github-dnstap-golang-dnstap-cli dnsperf zstd gzip xz-utils jq
)
case $wanted in
    build) packages=("${build[@]}") ;;
    demo) packages=("${build[@]}" "${demo[@]}") ;;
    all) packages=("${build[@]}" "${demo[@]}" "${tests[@]}") ;;
    *) echo "deps: build, demo or all, not \"$wanted\"" >&2; exit 2 ;;
esac
# Of those, what Debian would start at once, and at every boot from then on.
services=(named unbound knot)

if ! command -v dpkg-query >/dev/null; then
    echo "deps: this is no Debian; what is needed is known there as: ${packages[*]}" >&2
    exit 0
fi

installed=$(dpkg-query -W -f='${Package} ${db:Status-Status}\n' "${packages[@]}" 2>/dev/null || true)
missing=()
for package in "${packages[@]}"; do
    grep -qx "$package installed" <<<"$installed" || missing+=("$package")
done
[ ${#missing[@]} -gt 0 ] || exit 0

echo "deps: installing ${missing[*]}"
as_root=()
if [ "$(id -u)" -ne 0 ]; then
    command -v sudo >/dev/null || { echo "deps: run this as root, or install sudo: make deps" >&2; exit 1; }
    as_root=(sudo)
fi

# The tests start servers of their own, so the system's services shall not start. Debian asks /usr/sbin/policy-rc.d before
# it starts anything, and only that (deb-systemd-invoke(1) knows no environment variable): one that refuses is put there
# for as long as this takes. If there is one already, its owner has decided. It does not keep a service from being started
# at the next boot, so that of a server which we install is disabled; one that was here before is left as it is.
policy=/usr/sbin/policy-rc.d
with_policy='
    policy=$1 services=$2; shift 2
    export DEBIAN_FRONTEND=noninteractive
    if [ ! -e "$policy" ]; then
        trap "rm -f $policy" EXIT
        trap "exit 1" INT TERM HUP
        printf "#!/bin/sh\nexit 101\n" >"$policy"
        chmod 755 "$policy"
    fi
    apt-get -o DPkg::Lock::Timeout=300 update -q || exit 1
    apt-get -o DPkg::Lock::Timeout=300 install -q -y --no-install-recommends "$@" || exit 1
    command -v systemctl >/dev/null || exit 0
    for service in $services; do
        systemctl disable --quiet "$service.service" || true
    done
'
disabled=()
for service in "${services[@]}"; do
    for package in "${missing[@]}"; do
        [ "$package" != "${service/#named/bind9}" ] || disabled+=("$service")
    done
done
"${as_root[@]}" sh -c "$with_policy" deps "$policy" "${disabled[*]}" "${missing[@]}" </dev/null
