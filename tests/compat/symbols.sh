#!/bin/bash
# Our libfstrm.so.0 exports what the distribution's exports, with the same version nodes, and the two functions that were
# added upstream since; it has the same name, and it needs nothing but libc.
#     symbols.sh LIBRARY
set -u

library=$1
soname=$(readelf -d "$library" | grep -oP 'SONAME.*\[\K[^]]*')
needed=$(readelf -d "$library" | grep -oP 'NEEDED.*\[\K[^]]*' | grep -vE '^(libc\.so\.6|libpthread\.so\.0|ld-linux.*)$')
names() {
    nm -D --defined-only --with-symbol-versions "$1" | awk '{ print $NF }' | sort
}
added=$'fstrm_tcp_writer_options_set_read_timeout@@LIBFSTRM_0.4.0\nfstrm_unix_writer_options_set_read_timeout@@LIBFSTRM_0.2.0'
failed=0

[ "$soname" = libfstrm.so.0 ] || { echo "its name is $soname"; failed=1; }
case $needed in
'' | *lib[a-z]*san*) ;;
*) echo "it needs $needed"; failed=1 ;;
esac
[ "$(names "$library" | grep -c '^fstrm_')" = 77 ] || { echo "it has not 77 functions"; failed=1; }
original=$(ldconfig -p 2>/dev/null | awk '$1 == "libfstrm.so.0" { print $NF; exit }')
if [ -n "$original" ]; then
    diff <({ names "$original"; echo "$added"; } | sort) <(names "$library") || failed=1
    echo "compared with $original"
elif [ $failed = 0 ]; then
    echo "skipped: the distribution's libfstrm is not here to compare with"
    exit 77
fi
exit $failed
