#!/bin/bash
# What is installed is enough to use the library: a program is built with nothing but the pkg-config file, shared and
# static, and runs; the program is there, and every man page.
#     installed.sh ROOT BUILD
set -eu

root=$1 build=$2
work=$(mktemp -d)
trap 'rm -rf "$work"' EXIT
if meson introspect --buildoptions "$build" | grep -qE '"name": "b_sanitize", [^}]*"value": "[^n]'; then
    echo "skipped: a library with sanitizers is not to be installed"
    exit 77
fi
meson install -C "$build" --destdir "$work" --no-rebuild >"$work/log" || { cat "$work/log"; exit 1; }

pc=$(find "$work" -name libtapline.pc)
pkg() {
    PKG_CONFIG_SYSROOT_DIR=$work PKG_CONFIG_PATH=${pc%/*}:$(pkg-config --variable pc_path pkg-config) pkg-config "$@"
}
cat >"$work/user.c" <<'C'
#include <tapline/core.h>
#include <tapline/dnstap.h>
#include <tapline/frame.h>
#include <tapline/stream.h>
#include <stdio.h>
int main(void)
{
    struct tl_control stop = tl_control(TL_CONTROL_STOP, tl_bytes(NULL, 0));
    uint8_t wire[TL_CONTROL_FRAME_MAX];
    size_t size = 0;
    enum tl_status status = tl_control_encode(&stop, wire, sizeof(wire), &size);
    printf("%s %u\n", tl_status_name(status), (unsigned)size);
    return 0;
}
C
cat >"$work/archivist.c" <<'C'
#include <tapline/archive.h>
#include <stdio.h>
int main(void)
{
    struct tl_ledger_entry mark = {.kind = TL_LEDGER_MARK, .through = 5};
    char text[TL_ARCHIVE_TEXT_SIZE];
    struct tl_archive *archive;
    uint8_t wire[64];
    size_t size = 0;
    enum tl_status status = tl_ledger_encode(&mark, wire, sizeof(wire), &size);
    printf("%s %u %s\n", tl_status_name(status), (unsigned)size,
           tl_status_name(tl_archive_open("/nowhere", &archive, text)));
    return 0;
}
C
cat >"$work/server.c" <<'C'
#include <fstrm.h>
#include <stdio.h>
int main(void)
{
    struct fstrm_iothr_options *options = fstrm_iothr_options_init();
    printf("%d\n", (int)fstrm_iothr_options_set_buffer_hint(options, FSTRM_IOTHR_BUFFER_HINT_MAX));
    fstrm_iothr_options_destroy(&options);
    return 0;
}
C
libraries=$(pkg --variable=libdir libtapline)
# shellcheck disable=SC2046 # the words are separate arguments
{
    ${CC:-cc} "$work/user.c" -o "$work/shared" $(pkg --cflags --libs libtapline)
    ${CC:-cc} "$work/user.c" -o "$work/static" $(pkg --cflags libtapline) "$(find "$work" -name libtapline.a)"
    ${CC:-cc} "$work/archivist.c" -o "$work/archivist" $(pkg --cflags --libs libtapline-archive)
    ${CC:-cc} "$work/archivist.c" -o "$work/archivist-static" $(pkg --cflags libtapline-archive) \
        "$(find "$work" -name libtapline-archive.a)" "$(find "$work" -name libtapline.a)" $(pkg --libs libzstd)
}
[ "$(LD_LIBRARY_PATH=$(find "$work" -name 'libtapline.so' -printf '%h') "$work/shared")" = "TL_OK 12" ]
[ "$("$work/static")" = "TL_OK 12" ]
[ "$(LD_LIBRARY_PATH=$(find "$work" -name 'libtapline.so' -printf '%h') "$work/archivist")" = "TL_OK 8 TL_SYSTEM" ]
[ "$("$work/archivist-static")" = "TL_OK 8 TL_SYSTEM" ]
# libfstrm is found only by who looks into its folder, and nothing of it lies elsewhere.
if PKG_CONFIG_LIBDIR=${pc%/*} PKG_CONFIG_PATH='' pkg-config --exists libfstrm; then
    echo "libfstrm is found beside libtapline"
    exit 1
fi
stray=$(find "$work" -name '*fstrm*' ! -path '*/tapline/*' ! -path '*/man/*' ! -type d)
[ -z "$stray" ] || { echo "of libfstrm there is also $stray"; exit 1; }
fstrm() {
    PKG_CONFIG_SYSROOT_DIR=$work PKG_CONFIG_PATH=$libraries_there/tapline/pkgconfig pkg-config "$@"
}
libraries_there=$(find "$work" -name libtapline.so -printf '%h')
# shellcheck disable=SC2046
${CC:-cc} "$work/server.c" -o "$work/server" $(fstrm --cflags --libs libfstrm)
[ "$(LD_LIBRARY_PATH=$libraries_there/tapline "$work/server")" = 0 ]
[ "$(fstrm --modversion libfstrm)" = 0.6.1 ]
[ "$(pkg --modversion libtapline)" = "$(meson introspect --projectinfo "$build" | grep -oP '"version": "\K[^"]*' | head -1)" ]
for header in "$root"/include/tapline/*; do
    [ -n "$(find "$work" -path "*/include/tapline/${header##*/}")" ] || { echo "$header is not installed"; exit 1; }
done
for page in "$root"/man/*.[1-8]; do
    [ ! -e "$page" ] || [ -n "$(find "$work" -path "*/man${page##*.}/${page##*/}*")" ] || { echo "$page is not installed"; exit 1; }
done
[ -x "$(find "$work" -path '*/bin/tapline' ! -path '*/lib/*')" ]
# The names of other programs are links that work, in a folder that hides nobody's.
for name in dnstap-read fstrm_capture fstrm_dump fstrm_replay; do
    link=$(find "$work" -name "$name")
    case $link in */lib/tapline/bin/*) ;; *) echo "the link $name is at \"$link\""; exit 1 ;; esac
    [ -x "$link" ] || { echo "$link leads nowhere: $(readlink "$link")"; exit 1; }
    said=$("$link" -h 2>&1 </dev/null) || true
    grep -q "$name" <<<"$said" || { echo "by the name $name it says \"$said\""; exit 1; }
done
echo "installed under $libraries"
