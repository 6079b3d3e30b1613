#!/usr/bin/env python3
"""What came of the tests of some build folders: each failure and each skipped test with its reason, then, as the last
line, the sums.

    results.py BUILD...

Exit status 0 only if something passed and nothing failed. A folder without results counts as a failure: its build, or
the run of its tests, did not come that far."""

import json
import os
import sys

PASSED = ("OK", "EXPECTEDFAIL")


def last_words(test):
    lines = [line for line in (test.get("stdout", "") + "\n" + test.get("stderr", "")).splitlines() if line.strip()]
    return lines[-1].strip() if lines else "no reason given"


def results_of(build):
    try:
        with open(os.path.join(build, "meson-logs", "testlog.json"), encoding="utf-8") as log:
            return [json.loads(line) for line in log]
    except FileNotFoundError:
        return []


def main():
    passed = failed = 0
    for build in sys.argv[1:]:
        tests = results_of(build)
        if not tests:
            print(f"FAILED   {build}: there are no results")
            failed += 1
        for test in sorted(tests, key=lambda test: test["name"]):
            if test["result"] in PASSED:
                passed += 1
            elif test["result"] == "SKIP":
                print(f"skipped  {build}: {test['name']}: {last_words(test)}")
            else:
                print(f"FAILED   {build}: {test['name']} ({test['result']})")
                failed += 1
    print(f"{passed} passed, {failed} failed")
    sys.exit(0 if passed and not failed else 1)


main()
