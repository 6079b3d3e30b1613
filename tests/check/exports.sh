#!/bin/bash
# What a shared library exports is what the public headers of its rooms declare with TL_API, all of it and nothing else.
#     exports.sh ROOT { "ROOM..." LIBRARY }...
# Every room of lib/ must be in one of them.
set -u

root=$1 failed=0 all_rooms=
shift

# Names that TL_API functions of these headers have; declarations may go over several lines.
declared_in() {
    cat "$@" | tr '\n' ' ' | grep -oE '\bTL_API [^;(]*\(' | grep -oE 'tl_[a-z0-9_]+\($' | tr -d '(' | sort -u
}

complain() { # SENTENCE NAME...
    local sentence=$1
    shift
    for name in "$@"; do
        echo "$name $sentence"
        failed=1
    done
}

check() { # ROOMS LIBRARY
    local headers=() exported declared
    for room in $1; do
        headers+=("$root/include/tapline/$room.h")
    done
    all_rooms+=" $1 "
    exported=$(nm -D --defined-only "$2" | awk '$2 != "A" { sub(/@.*/, "", $3); print $3 }' | sort -u)
    declared=$(declared_in "${headers[@]}")
    # shellcheck disable=SC2046 # the words are separate arguments
    {
        complain "is exported by ${2##*/}, and no public header of its rooms declares it" \
            $(comm -23 <(echo "$exported") <(echo "$declared"))
        complain "is declared in a public header, and ${2##*/} does not export it" \
            $(comm -13 <(echo "$exported") <(echo "$declared"))
        complain "is exported, and does not begin with tl_" $(echo "$exported" | grep -v '^tl_[a-z0-9]')
    }
    echo "${2##*/}: $(echo "$exported" | wc -l) names"
    [ "$(echo "$exported" | wc -l)" -gt 30 ] || failed=1
}

while [ $# -ge 2 ]; do
    check "$1" "$2"
    shift 2
done
for folder in "$root"/lib/*/; do
    room=$(basename "$folder")
    [[ $all_rooms == *" $room "* ]] || complain "is a room whose library is not looked at" "$room"
done
exit $failed
