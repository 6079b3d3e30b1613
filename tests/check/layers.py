#!/usr/bin/env python3
"""Which room includes which: only lower floors of its own zone, and from the program the library's public headers alone.

    layers.py ROOT

The floors are those of ARCHITECTURE.md, whose table must say the same."""

import os
import re
import sys

FLOORS = {
    "app": {
        8: ["cli"],
        7: ["capture", "web", "top"],
        6: ["query", "pack", "export", "import"],
        5: ["source", "print", "filter", "pair", "generate", "send", "analysis"],
        4: ["process", "record"],
    },
    "lib": {
        3: ["sender", "archive"],
        2: ["stream"],
        1: ["frame", "dnstap", "dns", "ring"],
        0: ["core"],
    },
}
FLOOR_OF = {zone: {room: floor for floor, rooms in floors.items() for room in rooms} for zone, floors in FLOORS.items()}
# Beside the floors: a library of its own on the public headers, which nothing depends on.
COMPAT = "compat"
INCLUDE = re.compile(r'^\s*#\s*include\s*([<"])([^>"]+)[>"]')
# A public header or table that is named otherwise than the room it belongs to.
PUBLIC_PARTS = {"status": "core", "counters": "archive", "sender_counters": "sender"}


def source_files(root, tops=("lib", "app", "include")):
    for top in tops:
        for folder, _, names in os.walk(os.path.join(root, top)):
            for name in sorted(names):
                if name.endswith((".c", ".h", ".def", ".inc")):
                    yield os.path.relpath(os.path.join(folder, name), root)


def includes_of(root, path):
    """(line, name, "<" or the quote) of what a file includes."""
    with open(os.path.join(root, path), encoding="utf-8") as source:
        for number, line in enumerate(source, 1):
            match = INCLUDE.match(line)
            if match:
                yield number, match.group(2), match.group(1)


def room_of_public(path):
    stem = os.path.basename(path).rsplit(".", 1)[0]
    return PUBLIC_PARTS.get(stem, stem)


def home_of(path):
    """The zone and room that a source file belongs to, or None."""
    parts = path.split("/")
    if path.startswith("include/tapline/") and len(parts) == 3:
        zone, room = "lib", room_of_public(path)
    elif len(parts) == 3:
        zone, room = parts[0], parts[1]
    else:
        return None
    return (zone, room) if room in FLOOR_OF.get(zone, {}) else None


def target_of(root, path, name):
    """The zone and room of what is included and whether it is a public header; None if it is not of this project."""
    if name.startswith("tapline/"):
        return "lib", room_of_public(name), True
    if os.path.exists(os.path.join(root, os.path.dirname(path), name)):
        return *home_of(path), False
    room = name.split("/")[0]
    for zone in ("app", "lib"):
        if "/" in name and (room in FLOOR_OF[zone] or os.path.exists(os.path.join(root, zone, name))):
            return zone, room, False
    return None


def fault_of(home, target):
    """What is wrong with an include from `home`, or None."""
    (zone, room), (to_zone, to_room, is_public) = home, target
    if to_room not in FLOOR_OF[to_zone]:
        return f"{to_room} is no room of {to_zone}/"
    if zone == "lib" and to_zone == "app":
        return "the library includes the program"
    if zone == "app" and to_zone == "lib":
        return None if is_public else "the program uses only <tapline/*.h>"
    if room == to_room:
        return None
    if zone == "lib" and not is_public:
        return f"what {to_room} keeps to itself is included from {room}"
    floor, to_floor = FLOOR_OF[zone][room], FLOOR_OF[zone][to_room]
    if to_floor < floor:
        return None
    return f"{'sideways' if to_floor == floor else 'up'}: {room} is on floor {floor}, {to_room} on floor {to_floor}"


def check_includes(root):
    faults, includes = [], 0
    for path in source_files(root):
        home = home_of(path)
        if not home:
            faults.append(f"{path}: belongs to no room (rooms: see {os.path.basename(__file__)})")
            continue
        for number, name, quote in includes_of(root, path):
            includes += 1
            if ".." in name.split("/"):
                faults.append(f"{path}:{number}: \"{name}\": name the room, not the way to it")
                continue
            target = target_of(root, path, name)
            if target is None and quote == '"':
                faults.append(f"{path}:{number}: \"{name}\" is nowhere in this project")
            fault = fault_of(home, target) if target else None
            if fault:
                faults.append(f"{path}:{number}: includes {name}: {fault}")
    if includes < 50:
        faults.append(f"only {includes} includes were seen: the check has lost its point")
    return faults


def check_compat(root):
    """compat/ uses the public headers, its own, and those of the system; nobody uses compat/."""
    faults, includes = [], 0
    for path in source_files(root, ("lib", "app", "include", COMPAT)):
        inside = path.startswith(COMPAT + "/")
        for number, name, quote in includes_of(root, path):
            includes += inside
            is_theirs = name.startswith("fstrm") or name.split("/")[0] == COMPAT
            if is_theirs and not inside:
                faults.append(f"{path}:{number}: includes {name}: nothing depends on {COMPAT}/")
            if inside and quote == '"' and not os.path.exists(os.path.join(root, COMPAT, name)):
                faults.append(f"{path}:{number}: includes {name}: {COMPAT}/ uses <tapline/*.h> and its own headers")
            if inside and name.startswith("tapline/") and not os.path.exists(os.path.join(root, "include", name)):
                faults.append(f"{path}:{number}: there is no public header {name}")
    if includes < 50:
        faults.append(f"only {includes} includes of {COMPAT}/ were seen: the check has lost its point")
    return faults


TABLE_LINE = re.compile(r"^(app/|lib/|    )  (\d) (.{1,32})")  # zone, floor, rooms; then, from column 40, what they are for


def floors_of_document(text):
    """(zone, floor, room) of the table of floors, a line like "app/  8 cli      one file per subcommand"."""
    zone, found = None, set()
    for line in text.splitlines():
        match = TABLE_LINE.match(line)
        if not match:
            zone = None if line.startswith("#") else zone
            continue
        zone = match.group(1).strip(" /") or zone
        found |= {(zone, int(match.group(2)), room) for room in re.findall(r"[a-z]+", match.group(3)) if zone}
    return found


def check_document(root):
    path = os.path.join(root, "ARCHITECTURE.md")
    if not os.path.exists(path):
        return []
    with open(path, encoding="utf-8") as document:
        theirs = floors_of_document(document.read())
    ours = {(zone, floor, room) for zone in FLOORS for floor, rooms in FLOORS[zone].items() for room in rooms}
    rooms = {(zone, name) for zone in FLOORS for name in os.listdir(os.path.join(root, zone))
             if os.path.isdir(os.path.join(root, zone, name))}
    faults = [f"ARCHITECTURE.md: {zone}/{room} is on floor {floor}, says the table; not so here"
              for zone, floor, room in sorted(theirs - ours)]
    named = {(zone, room) for zone, _, room in theirs}
    return faults + [f"ARCHITECTURE.md: its table of floors lacks {zone}/{room}" for zone, room in sorted(rooms - named)]


def main():
    root = sys.argv[1]
    faults = check_includes(root) + check_compat(root) + check_document(root)
    for fault in faults:
        print(fault)
    sys.exit(1 if faults else 0)


main()
