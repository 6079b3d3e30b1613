#!/usr/bin/env bash
# make run: starts the collector for the name servers of this machine, and prints what to put into their configurations.
#
# As root: a socket for each of BIND, Unbound and Knot that is installed, in a folder that only its group may enter.
# As another user, or with SOCKET: one socket, for a server that runs as that user. What can be set:
#   SOCKET  path of the one socket          GROUP, MODE  its group, its permissions (default 0660)
#   OUTPUT  folder of the archive (default /var/lib/tapline/archive, or .local/state/tapline/archive in the user's home)
#   TAPLINE the program
set -euo pipefail

export PATH=$PATH:/usr/sbin:/sbin
here=$(dirname "$(realpath "$0")")
tapline=${TAPLINE:-$here/../build/tapline}
tapline=$(realpath "$tapline")
[ -x "$tapline" ] || { echo "run: there is no program $tapline: run \"make\"" >&2; exit 2; }

if [ "$(id -u)" = 0 ]; then
    runtime=/run/tapline output=${OUTPUT:-/var/lib/tapline/archive}
else
    state=${XDG_STATE_HOME:-$HOME/.local/state}/tapline
    output=${OUTPUT:-$state/archive} runtime=${XDG_RUNTIME_DIR:-$state}
fi

mkdir -p "$(dirname "$output")"
options=(--archive "$output")
declare -A socket_of

# One socket: its folder is made if it is missing, and only the user may enter it unless there is a group.
one_socket() {
    local socket=$1 folder
    folder=$(dirname "$socket")
    [ -d "$folder" ] || mkdir -p -m "$([ -n "${GROUP:-}" ] && echo 0755 || echo 0700)" "$folder"
    options+=(--listen "unix:$socket" --socket-mode "${MODE:-0660}")
    [ -z "${GROUP:-}" ] || options+=(--socket-group "$GROUP")
    for server in bind unbound knot; do
        socket_of[$server]=$socket
    done
}

# The folder's group decides who may connect: one program, several servers, and none of them can use another's socket.
socket_for_each_server() {
    local server
    for server in bind unbound knot; do
        getent passwd "$server" >/dev/null || continue
        install -d -m 0755 "$runtime"
        install -d -m 0750 -o root -g "$(id -g "$server")" "$runtime/$server"
        socket_of[$server]=$runtime/$server/dnstap.sock
        options+=(--listen "unix:${socket_of[$server]}")
    done
    options+=(--socket-mode 0666)
}

heading() { printf '\n%s\n' "$1"; }
lines() { sed 's/^/    /'; }

print_bind() {
    heading "BIND: into the block options { } of named.conf (Debian: /etc/bind/named.conf.options)"
    lines <<LINES
dnstap { all; };
dnstap-output unix "$1";
LINES
    heading "  check with \"named-checkconf\", then: rndc reconfig"
    if [ -d /etc/apparmor.d ]; then
        heading "  AppArmor: into /etc/apparmor.d/local/usr.sbin.named"
        lines <<<"$1 rw,"
        heading "  then, before BIND is told: apparmor_parser -r /etc/apparmor.d/usr.sbin.named"
    fi
}

print_unbound() {
    heading "Unbound: into unbound.conf (Debian: a new file /etc/unbound/unbound.conf.d/dnstap.conf)"
    lines <<LINES
dnstap:
  dnstap-enable: yes
  dnstap-socket-path: "$1"
  dnstap-send-identity: yes
  dnstap-send-version: yes
  dnstap-log-client-query-messages: yes
  dnstap-log-client-response-messages: yes
  dnstap-log-resolver-query-messages: yes
  dnstap-log-resolver-response-messages: yes
  dnstap-log-forwarder-query-messages: yes
  dnstap-log-forwarder-response-messages: yes
LINES
    heading "  check with \"unbound-checkconf\", then: systemctl restart unbound"
    if [ -d /etc/apparmor.d ]; then
        heading "  AppArmor: into /etc/apparmor.d/local/usr.sbin.unbound"
        lines <<<"$1 rw,"
        heading "  then, before Unbound is restarted: apparmor_parser -r /etc/apparmor.d/usr.sbin.unbound"
    fi
}

print_knot() {
    heading "Knot: into knot.conf (Debian: /etc/knot/knot.conf; the module is the package knot-module-dnstap)"
    lines <<LINES
mod-dnstap:
  - id: tapline
    sink: "unix:$1"
    log-queries: on
    log-responses: on
LINES
    heading "  and into its section template, entry default (before the section zone)"
    lines <<<"    global-module: mod-dnstap/tapline"
    heading "  check with \"knotc conf-check\", then: systemctl reload knot"
}

print_help() {
    local server
    for server in bind unbound knot; do
        [ -z "${socket_of[$server]:-}" ] || "print_$server" "${socket_of[$server]}"
    done
    heading "To see that it works: ask the server something, for example"
    lines <<LINES
dig @127.0.0.1 example.com
$tapline read --follow $output
$tapline status $output
LINES
    heading "A server connects by itself within seconds, whichever is started first. When it has closed its connection,"
    echo "and at the end, the capture says below what came; ask it any time: kill -USR1 $$. Ctrl-C ends it."
    echo
}

if [ "$(id -u)" != 0 ] || [ -n "${SOCKET:-}" ]; then
    one_socket "${SOCKET:-$runtime/dnstap.sock}"
else
    socket_for_each_server
    [ ${#socket_of[@]} -gt 0 ] || one_socket "$runtime/dnstap.sock"
fi
print_help
if [ "$(id -u)" = 0 ] && [ -n "${SOCKET:-}" ] && [ -z "${GROUP:-}" ]; then
    echo "Only root can connect to that socket: set GROUP to the group of your server (bind, unbound, knot)."
elif [ "$(id -u)" != 0 ]; then
    echo "You are not root: only a server that runs as $(id -un) can connect. For those of the system: sudo make run"
fi
exec "$tapline" capture "${options[@]}"
