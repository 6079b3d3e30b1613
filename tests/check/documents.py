#!/usr/bin/env python3
"""What the documents say is there, is there: paths and make targets in backticks, and the options of the man pages.

    documents.py ROOT PROGRAM

A path in backticks is checked if it begins with a folder of this project or ends like a source file. A word in capitals
stands for any name (`tests/ROOM/meson.build`). The man page of each command lists the options that its --help lists, and
no others; units in them are right for systemd; mandoc finds nothing to warn of."""

import glob
import os
import re
import shutil
import subprocess
import sys

DOCUMENTS = ["README.md", "ARCHITECTURE.md", "CONTRIBUTING.md", "SECURITY.md", "CHANGES.md"]
SOURCE_SUFFIXES = (".c", ".h", ".def", ".md", ".py", ".sh", ".build", ".map", ".1")
BACKTICKS = re.compile(r"`([^`\n]+)`")
PLACEHOLDER = re.compile(r"(?<![A-Za-z])[A-Z]+(?![A-Za-z])")


def looks_like_path(root, text):
    if not re.fullmatch(r"[A-Za-z0-9_.*-]+(/[A-Za-z0-9_.*-]+)*/?", text) or text.startswith("../"):
        return False
    first = text.split("/")[0]
    if first == "build" or first.startswith("build-"):
        return False
    return text.endswith(SOURCE_SUFFIXES) or "/" in text and os.path.isdir(os.path.join(root, first))


def exists(root, path):
    if os.path.exists(os.path.join(root, path)):
        return True
    pattern = PLACEHOLDER.sub("*", path)
    if "*" in pattern and glob.glob(os.path.join(root, pattern)):
        return True
    # A bare file name may be that of any file of the project.
    return "/" not in path and any(glob.glob(os.path.join(root, top, "**", pattern), recursive=True)
                                   for top in ("app", "bench", "compat", "include", "lib", "man", "tests", "tools"))


def make_targets(root):
    path = os.path.join(root, "Makefile")
    if not os.path.exists(path):
        return set()
    with open(path, encoding="utf-8") as makefile:
        return set(re.findall(r"^([a-z][a-z-]*):", makefile.read(), re.MULTILINE))


def check_document(root, name):
    faults = []
    with open(os.path.join(root, name), encoding="utf-8") as document:
        for number, line in enumerate(document, 1):
            for text in BACKTICKS.findall(line):
                if looks_like_path(root, text) and not exists(root, text):
                    faults.append(f"{name}:{number}: there is no {text}")
                target = re.fullmatch(r"make ([a-z][a-z-]*)", text)
                if target and target.group(1) not in make_targets(root):
                    faults.append(f"{name}:{number}: the Makefile has no target {target.group(1)}")
    return faults


def output_of(*command):
    return subprocess.run(command, stdout=subprocess.PIPE, stderr=subprocess.STDOUT, encoding="utf-8", check=False).stdout


def options_of_help(program, command):
    return set(re.findall(r"^\s+(?:-\w, )?(--[a-z0-9][a-z0-9-]*)", output_of(program, command, "--help"), re.MULTILINE))


def options_of_page(path):
    with open(path, encoding="utf-8") as page:
        items = [line for line in page if line.startswith(".It ")]
    return {"--" + name for line in items for name in re.findall(r"\bFl -([a-z0-9][a-z0-9-]*)", line)}


def check_options(root, program):
    faults = []
    commands = re.findall(r"^  ([a-z]+) {2,}\S", output_of(program, "--help"), re.MULTILINE)
    if not commands:
        faults.append("the program's --help lists no commands")
    for command in commands:
        name = f"man/tapline-{command}.1"
        path = os.path.join(root, name)
        if not os.path.exists(path):
            faults.append(f"{command} has no man page {name}")
            continue
        in_help, in_page = options_of_help(program, command), options_of_page(path)
        if not in_help:
            faults.append(f"\"tapline {command} --help\" lists no options")
        faults += [f"{name} lacks {option}, which --help lists" for option in sorted(in_help - in_page)]
        faults += [f"{name} lists {option}, which --help does not" for option in sorted(in_page - in_help)]
    return faults


def check_units(pages):
    """systemd gives a single % in Environment= a meaning of its own."""
    faults = []
    for path in pages:
        with open(path, encoding="utf-8") as page:
            faults += [f"{path}: systemd would not leave this as it is: {line.strip()}" for line in page
                       if line.startswith("Environment=") and "%" in line.replace("%%", "")]
    return faults


def check_pages(pages):
    if not shutil.which("mandoc"):
        return ["mandoc, which checks the man pages, is not here"]
    lint = subprocess.run(["mandoc", "-T", "lint", "-W", "warning", *pages], stdout=subprocess.PIPE,
                          stderr=subprocess.STDOUT, encoding="utf-8", check=False)
    return (lint.stdout.splitlines() or ["mandoc failed"]) if lint.returncode else []


def main():
    root, program = sys.argv[1:]
    documents = [name for name in DOCUMENTS if os.path.exists(os.path.join(root, name))]
    pages = sorted(glob.glob(os.path.join(root, "man", "*.[1-8]")))
    if not documents and not pages:
        print("skipped: there are no documents")
        sys.exit(77)
    faults = [fault for name in documents for fault in check_document(root, name)]
    if pages:
        faults += check_options(root, program) + check_units(pages) + check_pages(pages)
    print("\n".join(faults))
    sys.exit(1 if faults else 0)


main()
