#!/usr/bin/env python3
"""A program that was compiled against the distribution's libfstrm is run on that and on ours, and says the same; where
it does not, a defect that is mended here is the reason.

    on_both.py PROGRAM FOLDER-OF-OUR-LIBRARY

PROGRAM is tests/compat/api_main.c, which calls every function."""

import difflib
import os
import re
import shutil
import subprocess
import sys
import tempfile

# What may differ: how the line begins in the difference, and why.
EXPLAINED = [
    (r"\+  tape: close$", "a transport on which the stream did not open is closed, not used again"),
    (r"[-+]  control 2: success, there, type (success 3|failure 0), 0 content types$",
     "of a control frame that could not be decoded nothing is kept"),
    (r"[-+]iothr (file|many): ", "the original may lose frames on an idle machine, for one when it ends at once"),
    (r"[-+]  peer: ", "the same"),
]
# What ours says in any case.
DEMANDED = [
    ("iothr file: 3 frames, 0 out of order, stop", 1),
    ("iothr file: 1 frames, 0 out of order, stop", 1),
    ("iothr file: 1600 frames, 0 out of order, stop", 2),
    ("iothr many: 0 refused, 1600 freed", 4),
    ('  peer: 3 control frames, 1600 data frames of ', 2),
]


def library_of(program, folder):
    """The libfstrm that the program gets."""
    loaded = subprocess.run([program], env={"LD_LIBRARY_PATH": folder, "LD_TRACE_LOADED_OBJECTS": "1"}, check=True,
                            capture_output=True, text=True).stdout
    return re.search(r"libfstrm\.so\.0 => (\S+)", loaded).group(1)


def said_by(program, folder, ours):
    library = library_of(program, folder)
    if (os.path.dirname(os.path.realpath(library)) == os.path.realpath(ours)) != (folder == ours):
        sys.exit(f"with \"{folder}\" in LD_LIBRARY_PATH the program gets {library}")
    work = tempfile.mkdtemp(prefix="tapline-compat-")
    try:
        run = subprocess.run([program, work], env={**os.environ, "LD_LIBRARY_PATH": folder}, capture_output=True,
                             timeout=120, check=False)
    finally:
        shutil.rmtree(work)
    if run.returncode:
        sys.exit(f"on {library} the program ends with {run.returncode}:\n{run.stderr.decode()}")
    return run.stdout.decode(errors="replace").replace(work, "FOLDER").splitlines()


def sections(lines):
    """The lines, each with those that are indented below it."""
    found = []
    for line in lines:
        if line.startswith("  ") and found:
            found[-1].append(line)
        else:
            found.append([line])
    return found


def differences(original, mine):
    """The lines that are only in one of the two, with the sign of unified differences."""
    matcher = difflib.SequenceMatcher(None, original, mine, autojunk=False)
    for _, from_original, to_original, from_mine, to_mine in matcher.get_opcodes():
        if original[from_original:to_original] != mine[from_mine:to_mine]:
            yield from ("-" + line for line in original[from_original:to_original])
            yield from ("+" + line for line in mine[from_mine:to_mine])


def main():
    program, ours = sys.argv[1:]
    if library_of(program, "") == "not":
        print("skipped: the distribution's libfstrm is not here")
        sys.exit(77)
    original, mine = said_by(program, "", ours), said_by(program, ours, ours)
    theirs, explained, faults = sections(original), 0, []
    if len(theirs) != len(sections(mine)):
        faults.append("one of the two says more than the other")
    for one, other in zip(theirs, sections(mine)):
        for line in differences(one, other):
            explained += 1
            if not any(re.match(pattern, line) for pattern, _ in EXPLAINED):
                faults.append(f"{one[0]}: not explained: {line}")
    for beginning, count in DEMANDED:
        found = sum(line.startswith(beginning) for line in mine)
        if found != count:
            faults.append(f"\"{beginning}\" is said {found} times, not {count}")
    print("\n".join(faults) or f"{len(mine)} lines, {explained} explained differences")
    sys.exit(1 if faults or len(mine) < 4000 else 0)


main()
