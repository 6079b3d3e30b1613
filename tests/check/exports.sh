#!/bin/bash
# What the shared library exports is what the public headers declare with TL_API, all of it and nothing else.
#     exports.sh ROOT LIBRARY
set -u

root=$1 library=$2 failed=0
exported=$(nm -D --defined-only "$library" | awk '$2 != "A" { sub(/@.*/, "", $3); print $3 }' | sort -u)

# Names that TL_API functions of these headers have; declarations may go over several lines.
declared_in() {
    cat "$@" | tr '\n' ' ' | grep -oE '\bTL_API [^;(]*\(' | grep -oE 'tl_[a-z0-9_]+\($' | tr -d '(' | sort -u
}

declared=$(declared_in "$root"/include/tapline/*.h)
for name in $(comm -23 <(echo "$exported") <(echo "$declared")); do
    echo "$name is exported, and no public header declares it"
    failed=1
done
for header in "$root"/include/tapline/*.h; do
    room=$(basename "$header" .h)
    compgen -G "$root/lib/$room/*.c" >/dev/null || continue
    for name in $(comm -13 <(echo "$exported") <(declared_in "$header")); do
        echo "$name is declared in tapline/$room.h, and the library does not export it"
        failed=1
    done
done
for name in $(echo "$exported" | grep -v '^tl_[a-z0-9]'); do
    echo "$name is exported, and does not begin with tl_"
    failed=1
done
echo "$(echo "$exported" | wc -l) names"
[ "$(echo "$exported" | wc -l)" -gt 30 ] || exit 1
exit $failed
