"""Prints what a log of `swift test` comes to: test-summary.py LOG STATUS. Used by scripts/test."""

import re
import sys


def main():
    path, status = sys.argv[1], int(sys.argv[2])
    with open(path, encoding="utf-8", errors="replace") as file:
        lines = file.read().splitlines()
    counts = {"passed": 0, "failed": 0, "skipped": 0}
    notes, faults, summaries, total = [], [], [], 0
    for line in lines:
        # Each line of Swift Testing begins with a sign, such as ✔: "✔ Test name() passed after 1 seconds."
        if found := re.match(r"\S+ Test run with (\d+) tests? ", line):
            summaries.append(line)
            total += int(found[1])
        elif found := re.match(r"\S+ Test (.+?) (?:with \d+ test cases? )?(passed|failed) after [\d.]+ seconds", line):
            counts[found[2]] += 1
        elif re.match(r"\S+ Test .+ recorded an issue", line) or re.search(r"\.swift:\d+: error: ", line):
            faults.append(line)
        elif found := re.match(r"\S+ Test (.+?) skipped(?:: (.*))?$", line):
            counts["skipped"] += 1
            notes.append(f"skipped: {found[1]}" + (f": {found[2].strip(chr(34))}" if found[2] else ""))
        elif re.match(r"Test Case '.*' (passed|failed|skipped) \(", line):  # XCTest
            counts[re.search(r"' (passed|failed|skipped) \(", line)[1]] += 1
        elif line.startswith("skipped: "):
            notes.append(line)
    # A run that crashed or never began has no failed test to show.
    if status and not counts["failed"]:
        counts["failed"] = 1
    # Lines of single tests get lost where many end at once; the last line knows how many there were.
    counts["passed"] = max(counts["passed"], total - counts["failed"] - counts["skipped"])
    print()
    for line in [*dict.fromkeys(notes), *faults, *summaries]:
        print(line)
    skipped = f", {counts['skipped']} skipped" if counts["skipped"] else ""
    print(f"{counts['passed']} passed, {counts['failed']} failed{skipped}")


main()
