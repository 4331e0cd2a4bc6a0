#!/usr/bin/env python3
"""Attacks a running service as strangers, broken programs and slow clients would, and judges what it answers.

    attack_service.py --base http://127.0.0.1:PORT [--key BEARER] [--mutations 10000] [--seed 1] [--pid PID]
                      [--slow-seconds 40] [--only GROUP]... [--skip GROUP]...

--mutations     forged tokens, each tried in a playlist's address and with events; the same --seed forges the same
--pid           the service's process on this machine: its memory and its open files are judged too
--slow-seconds  how long slow connections are held, or until all were closed: several times the service's --idle-seconds

One line `ok NAME (n checks)` for each group (tokens paths headers ranges bodies slow counts end), or lines `FAULT NAME: what was
sent, what came`, then `N passed, N failed`; exit status 1 with a failure, 2 when there is no reel to begin with. Events with
absurd numbers are sent and may reach the catalogue: use a library of tests.
"""

import argparse
import os
import re
import sys
import time

from attack_bodies import bodies, counts
from attack_requests import headers, paths, ranges
from attack_slow import slow
from attack_target import Group, Target
from attack_tokens import tokens


def machine(pid):
    with open(f"/proc/{pid}/status", encoding="utf-8") as file:
        return int(re.search(r"VmRSS:\s+(\d+) kB", file.read())[1]) / 1024, len(os.listdir(f"/proc/{pid}/fd"))


def end(target, options, group):
    time.sleep(1)
    group.check(target.health() < 1, "/healthz at the end", "no answer in time")
    failures = target.failures() - options.failures
    group.check(not failures, "all of this", f"answers from 500 on in /metrics: {dict(failures)}")
    if options.pid:
        memory, files = machine(options.pid)
        group.check(memory < 300, "all of this", f"{memory:.0f} MB of memory")
        group.check(files < options.files + 20, "all of this", f"{files} open files, {options.files} at the start")


GROUPS = {group.__name__: group for group in (tokens, paths, headers, ranges, bodies, slow, counts, end)}


def main():
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--base", required=True)
    parser.add_argument("--key")
    for name, default in {"--mutations": 10_000, "--seed": 1, "--pid": None, "--slow-seconds": 40}.items():
        parser.add_argument(name, type=int, default=default)
    parser.add_argument("--only", action="append", choices=GROUPS)
    parser.add_argument("--skip", action="append", choices=GROUPS, default=[])
    options = parser.parse_args()
    target = Target(options.base, options.key)
    options.failures, options.files = target.failures(), machine(options.pid)[1] if options.pid else 0
    groups = [Group(name) for name in options.only or GROUPS if name not in options.skip]
    for group in groups:
        try:
            GROUPS[group.name](target, options, group)
        except OSError as error:
            group.check(False, "an attack", f"the service is gone: {error}")
        group.report()
    failed = sum(bool(group.faults) for group in groups)
    print(f"{len(groups) - failed} passed, {failed} failed")
    return 1 if failed else 0


if __name__ == "__main__":
    sys.exit(main())
