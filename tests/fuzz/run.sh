#!/bin/bash
# Runs every fuzz target of a build made with -Dfuzz=true, each over its corpus for some seconds, some of them at once:
#     tests/fuzz/run.sh BUILD SECONDS [AT_ONCE] [TARGET...]
# New inputs are kept in BUILD/corpus/TARGET, and are begun with the next time; the corpus of the tree is only read.
# What makes a target fail is left in BUILD/crashes/TARGET-*, and the exit status is 1. The results are also left where
# Meson leaves those of tests, in its form, so that tests/results.py counts them.
set -u

build=$1 seconds=$2 at_once=${3:-1}
shift 3 2>/dev/null || shift $#
here=$(cd "$(dirname "$0")" && pwd)
mkdir -p "$build/corpus" "$build/crashes" "$build/logs" "$build/meson-logs"
build=$(cd "$build" && pwd)

results=$build/meson-logs/testlog.json

note() { # NAME RESULT
    printf '{"name": "fuzz %s for %s s", "result": "%s"}\n' "$1" "$seconds" "$2" >>"$results"
}

run_target() {
    local name=$1 log=$build/logs/$1.log
    mkdir -p "$build/corpus/$name"
    if "$build/tests/fuzz/${name}_fuzz" -max_total_time="$seconds" -timeout=20 -rss_limit_mb=4096 -print_final_stats=1 \
        -artifact_prefix="$build/crashes/$name-" "$build/corpus/$name" "$here/corpus/$name" >"$log" 2>&1; then
        echo "fuzz $name: ok, $(awk '/number_of_executed_units/ { print $2 }' "$log") runs in $seconds s," \
            "$(find "$build/corpus/$name" -type f | wc -l) inputs found beyond the corpus"
        note "$name" OK
        return 0
    fi
    note "$name" FAIL
    echo "fuzz $name: FAILED, the end of $log:"
    tail -n 25 "$log"
    find "$build/crashes" -name "$name-*" -newer "$build/corpus/.begun" -printf "fuzz $name: the input is %p\n"
    return 1
}

if [ $# -eq 0 ]; then
    for source in "$here"/*_fuzz.c; do
        source=${source##*/}
        set -- "$@" "${source%_fuzz.c}"
    done
fi
touch "$build/corpus/.begun"
rm -f "$results"
failed=0 running=0
for name in "$@"; do
    if [ "$running" -ge "$at_once" ]; then
        wait -n || failed=1
        running=$((running - 1))
    fi
    run_target "$name" &
    running=$((running + 1))
done
while [ "$running" -gt 0 ]; do
    wait -n || failed=1
    running=$((running - 1))
done
exit $failed
