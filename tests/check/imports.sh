#!/bin/bash
# Floors 0 and 1 of the library make no system call, allocate nothing and keep no state: what their objects import is
# memory and string functions of libc that do none of this, and what they define is never writable.
# The floors above may, but they never log, exit or install a signal handler, and keep no state either; only the sender starts a
# thread, for which it must block signals. So does compat/, but for a number of the threads it has started, and for what
# iothr.c has to say of a setting that it refuses.
#     imports.sh ROOT
# The objects are made anew, without hardening and sanitizers, which would bring imports of their own.
set -u

root=$1 failed=0 objects=0 own_state='^$'
work=$(mktemp -d)
trap 'rm -rf "$work"' EXIT
flags=(-std=gnu17 -O2 -D_GNU_SOURCE -U_FORTIFY_SOURCE -fno-stack-protector -fno-pic -fno-pie -I"$root/include" -I"$root/lib"
    -I"$root/compat/include")
# (bcmp is what clang makes of a memcmp that is only compared with 0.)
allowed='^(tl_.*|bcmp|mem(cpy|move|set|cmp|chr|rchr|mem)|str(n?len|n?cmp|chr|rchr|spn|cspn|pbrk|str)|n?strchrnul)$'

forbidden='^(v?[fd]?printf|puts|putchar|perror|v?errx?|v?warnx?|v?syslog|_?exit|_Exit|quick_exit|abort|raise|kill|fork|vfork'
forbidden+='|signal|sigaction|sigprocmask|pthread_(create|sigmask)|thrd_create|timer_create|setlocale|umask|chdir|setenv)$'

# Compiles a source and says what it imports that matches (or, with -v, does not match) a pattern, and its state.
look_at() { # SOURCE GREP-OPTIONS PATTERN
    local source=$1 object=$work/$compiler.o
    "$compiler" "${flags[@]}" -c "$source" -o "$object" || exit 1
    objects=$((objects + 1))
    while read -r name; do
        echo "${source#"$root"/} imports $name ($compiler)"
        failed=1
    done < <(nm -u "$object" | awk '{ print $2 }' | grep "$2" "$3")
    while read -r name; do
        echo "${source#"$root"/} has state of its own: $name ($compiler)"
        failed=1
    done < <(nm --defined-only "$object" | awk '$2 ~ /[bBcCdDgGsS]/ { print $3 }' | grep -v "$own_state")
}

for compiler in gcc clang; do
    command -v "$compiler" >/dev/null || continue
    for room in core frame dnstap dns ring; do
        for source in "$root/lib/$room"/*.c; do
            [ ! -e "$source" ] || look_at "$source" -vE "$allowed"
        done
    done
    for room in stream archive sender; do
        not_here=$forbidden
        [ "$room" != sender ] || not_here=${forbidden//|pthread_(create|sigmask)/}
        for source in "$root/lib/$room"/*.c; do
            [ ! -e "$source" ] || look_at "$source" -E "$not_here"
        done
    done
    for source in "$root"/compat/*.c; do
        not_here=$forbidden own_state='^$'
        [ "${source##*/}" != iothr.c ] || not_here=${forbidden//"v?[fd]?printf"/"v?f?printf"} own_state='^started$'
        look_at "$source" -E "$not_here"
    done
    own_state='^$'
done
echo "$objects objects"
[ "$objects" -gt 10 ] || exit 1
exit $failed
