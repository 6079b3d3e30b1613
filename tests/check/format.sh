#!/bin/bash
# Every C file is laid out as .clang-format says. Other versions than 14 lay out differently, so only that one is asked.
#     format.sh ROOT
set -u

cd "$1" || exit 1
format=$(command -v clang-format-14 || command -v clang-format)
if [ -z "$format" ] || ! "$format" --version | grep -q 'version 14\.'; then
    echo "skipped: clang-format 14 is not here"
    exit 77
fi
find app bench compat examples include lib tests -name '*.[ch]' -print0 | xargs -0 "$format" --dry-run -Werror
