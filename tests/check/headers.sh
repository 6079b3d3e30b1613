#!/bin/bash
# Each public header alone, and twice, as C17 and as C++17, with every compiler that is here and every warning.
#     headers.sh ROOT
set -u

root=$1 failed=0 tried=0
warnings=(-Wall -Wextra -Wpedantic -Werror -fsyntax-only)

check() { # COMPILER LANGUAGE STANDARD HEADER
    tried=$((tried + 1))
    if ! printf '#include <tapline/%s>\n#include <tapline/%s>\nint main(void);\n' "$4" "$4" |
        "$1" -x "$2" "-std=$3" "${warnings[@]}" -I"$root/include" -; then
        echo "tapline/$4 does not stand alone as $3 with $1"
        failed=1
    fi
}

check_fstrm() { # COMPILER LANGUAGE STANDARD
    tried=$((tried + 1))
    if ! printf '#include <fstrm.h>\n#include <fstrm.h>\nint main(void);\n' |
        "$1" -x "$2" "-std=$3" "${warnings[@]}" -I"$root/compat/include" -; then
        echo "fstrm.h does not stand alone as $3 with $1"
        failed=1
    fi
}

for header in "$root"/include/tapline/*.h; do
    header=${header##*/}
    for compiler in gcc clang; do
        command -v "$compiler" >/dev/null && check "$compiler" c c17 "$header"
    done
    for compiler in g++ clang++; do
        command -v "$compiler" >/dev/null && check "$compiler" c++ c++17 "$header"
    done
done

# libfstrm's own are included by <fstrm.h> alone, as programs do it; C++98 and C89 are not asked for by anybody.
for compiler in gcc clang; do
    command -v "$compiler" >/dev/null && check_fstrm "$compiler" c c99
done
for compiler in g++ clang++; do
    command -v "$compiler" >/dev/null && check_fstrm "$compiler" c++ c++11
done
echo "$tried compilations"
[ "$tried" -gt 0 ] || exit 1
exit $failed
