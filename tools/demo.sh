#!/usr/bin/env bash
# make demo: a real BIND is asked a few hundred questions, tapline captures its dnstap into an archive and shows it as it
# arrives; at the end the archive is packed and the books of both are compared. Usage: demo.sh [TAPLINE]
#
# Invariant: everything lives in one private folder, and everything that was started is stopped by its own pid, whatever
# way this ends. Exit status: 0 if the books agree, 1 if not, 2 if it could not be tried.
set -uo pipefail

export PATH=$PATH:/usr/sbin:/sbin
tapline=$(realpath "${1:-$(dirname "$0")/../build/tapline}")
folder='' capture='' named='' follow=''

if [ -t 1 ]; then
    bold=$'\e[1m' green=$'\e[32m' red=$'\e[31m' plain=$'\e[0m'
else
    bold='' green='' red='' plain=''
fi

title() { printf '\n%s%s%s\n' "$bold" "$1" "$plain"; }

give_up() {
    printf 'demo: %s\n' "$1" >&2
    exit 2
}

stop() { # pid, or nothing
    if [ -n "$1" ]; then
        kill "$1" 2>/dev/null
        wait "$1" 2>/dev/null
    fi
}

clean_up() {
    trap '' INT TERM
    stop "$follow"
    stop "$named"
    stop "$capture"
    [ -z "$folder" ] || rm -rf "$folder"
}

check_programs() {
    [ -x "$tapline" ] || give_up "there is no program $tapline: run \"make\""
    for program in named dig; do
        command -v "$program" >/dev/null || give_up "$program is not installed: run \"make deps\""
    done
}

await() { # a file, a text that must appear in it, the pid that writes it
    for _ in $(seq 400); do
        grep -qs "$2" "$1" && return 0
        kill -0 "$3" 2>/dev/null || break
        sleep 0.05
    done
    return 1
}

write_zone() {
    cat <<'ZONE'
$TTL 300
@      SOA   ns hostmaster 1 3600 900 604800 3600
       NS    ns
       MX    10 mail
       TXT   "v=spf1 mx -all"
       CAA   0 issue "ca.example.net"
ns     A     192.0.2.53
www    A     192.0.2.80
       AAAA  2001:db8::80
       HTTPS 1 . alpn=h2,h3
mail   A     192.0.2.25
alias  CNAME www
_sip._udp SRV 10 60 5060 www
*.wild TXT   "any name under wild"
sp\032ace A  192.0.2.99
ZONE
}

write_conf() { # port, port of the statistics
    cat <<CONF
options {
  directory "$folder"; pid-file none; session-keyfile none; lock-file none;
  listen-on port $1 { 127.0.0.1; }; listen-on-v6 { none; };
  recursion no; dnssec-validation no; notify no;
  dnstap { all; };
  dnstap-output unix "$folder/socket";
};
statistics-channels { inet 127.0.0.1 port $2 allow { 127.0.0.1; }; };
controls { };
zone "example.com" { type primary; file "zone"; check-names ignore; };
zone "example.org" { type primary; file "zone"; check-names ignore; };
CONF
}

start_capture() {
    "$tapline" capture --listen "unix:$folder/socket" --archive "$folder/archive" 2>"$folder/capture.log" &
    capture=$!
    await "$folder/capture.log" 'listening on' "$capture" ||
        give_up "the capture does not start: $(cat "$folder/capture.log")"
}

# A copy of named, because AppArmor may confine the installed one to its own folders. The ports are tried until some are
# free.
start_named() {
    program=$folder/named
    cp "$(command -v named)" "$program"
    "$program" -v >/dev/null 2>&1 || program=$(command -v named) # nothing may be run from here
    write_zone >"$folder/zone"
    for _ in 1 2 3 4 5; do
        port=$((RANDOM % 20000 + 20000)) statistics=$((port + 1))
        write_conf "$port" "$statistics" >"$folder/named.conf"
        "$program" -g -n 1 -c "$folder/named.conf" >"$folder/named.log" 2>&1 &
        named=$!
        # It goes on without a port that is taken.
        await "$folder/named.log" ' running$' "$named" && ! grep -q 'address in use' "$folder/named.log" && return
        stop "$named"
    done
    give_up "named does not start: $(tail -5 "$folder/named.log")"
}

start_follow() {
    "$tapline" read --follow "$folder/archive" > >(tee "$folder/lines") 2>"$folder/follow.log" &
    follow=$!
}

# 320 questions: names that exist and names that do not, many types, UDP and TCP, with and without EDNS.
questions() {
    local types=(A AAAA MX TXT NS SOA HTTPS CAA ANY SRV)
    local names=(www mail nx alias _sip._udp a.wild no.such.name 'sp\032ace')
    local options=('' '+tcp' '+dnssec' '+noedns' '+norec' '+subnet=198.51.100.0/24' '+nsid' '+bufsize=512')
    for number in $(seq 0 319); do
        printf '%s -q %s.example.%s -t %s\n' "${options[number * 3 % 8]}" "${names[number % 8]}" \
            "$([ $((number % 3)) = 0 ] && echo org || echo com)" "${types[number % 10]}"
    done
}

ask() {
    questions >"$folder/questions"
    split -l 32 "$folder/questions" "$folder/batch-"
    for batch in "$folder"/batch-*; do
        dig @127.0.0.1 -p "$port" +tries=1 +time=5 -f "$batch" >>"$folder/answers"
        sleep 0.2
    done
    asked=$(grep -c -- '->>HEADER<<-' "$folder/answers")
}

# What BIND has counted, from its statistics: $1 is the key.
count_of() {
    local answer
    exec 3<>"/dev/tcp/127.0.0.1/$statistics" || return
    printf 'GET /json/v1/server HTTP/1.0\r\n\r\n' >&3
    answer=$(cat <&3)
    exec 3>&-
    answer=$(grep -o "\"$1\":[0-9]*" <<<"$answer" | head -1)
    echo "${answer##*:}"
}

# Until BIND has counted as many queries as dig has answers to, each with two frames, which may be a moment later; what
# it says after 10 seconds stands.
await_counts() {
    for _ in $(seq 100); do
        queries=$(count_of QUERY) sent=$(count_of DNSTAPsuccess) dropped=$(count_of DNSTAPdropped)
        [ "$queries" = "$asked" ] && [ "$((sent + dropped))" = "$((2 * asked))" ] && return
        sleep 0.1
    done
}

book() { printf '  %-58s %7d\n' "$1" "$2"; }

show_books() {
    local arrived stored shown
    local line
    line=$(grep 'books: .* connections' "$folder/capture.log" | tail -1)
    arrived=$(sed -E 's/.*\): ([0-9]+) frames,.*/\1/' <<<"$line")
    stored=$("$tapline" read "$folder/archive" | wc -l)
    shown=$(wc -l <"$folder/lines")

    title 'The books'
    book 'queries that dig sent and got answers to' "$asked"
    book 'queries that BIND says it was asked' "$queries"
    book 'dnstap frames that BIND says it sent (query and answer)' "$sent"
    book 'dnstap frames that BIND says it dropped' "$dropped"
    book 'frames that arrived at the capture' "$arrived"
    book 'frames in the archive' "$stored"
    book 'lines shown above, as they arrived' "$shown"
    if [ "$queries" = "$asked" ] && [ "$sent $sent $sent" = "$arrived $stored $shown" ]; then
        printf '%sThey agree: nothing was lost.%s\n' "$green" "$plain"
    else
        printf '%sThey do not agree.%s\n' "$red" "$plain"
        cat "$folder/capture.log" "$folder/follow.log"
        return 1
    fi
}

# What the archive is when it has been packed: zstd files that any tool reads.
show_archive() {
    local segment
    "$tapline" pack "$folder/archive" >"$folder/packed" 2>"$folder/pack.log" || { cat "$folder/pack.log"; return 1; }
    grep -v '^nothing to seal' "$folder/packed" # if the capture has done it already
    segment=$(cd "$folder" && find archive -name '*.fstrm.zst' | sort | head -1)
    (cd "$folder" && "$tapline" status archive)
    if command -v zstd >/dev/null && command -v dnstap-read >/dev/null; then
        printf '\n  zstd -dc %s | dnstap-read -- - | tail -3\n' "$segment"
        (cd "$folder" && zstd -dcq "$segment" | dnstap-read -- - | tail -3)
    fi
}

check_programs
folder=$(mktemp -d "${TMPDIR:-/tmp}/tapline-demo-XXXXXX")
trap clean_up EXIT
trap 'exit 130' INT TERM

title 'Starting "tapline capture", and BIND with dnstap pointed at it'
start_capture
start_named
cat "$folder/capture.log"
printf 'named: %s\n' "$("$program" -v)"

title 'Asking BIND, with "tapline read --follow" showing what arrives'
start_follow
ask

await_counts
stop "$named"
named=''
for _ in $(seq 400); do
    [ "$(wc -l <"$folder/lines")" -lt "$sent" ] || break
    sleep 0.05
done
stop "$follow"
follow=''
stop "$capture"
capture=''
title 'Stopped. What the capture says of itself:'
sed -n '/ended with STOP/,$p' "$folder/capture.log"
title 'The archive, packed, and a segment of it read by other tools'
show_archive && show_books
