"""Kills sizzle at random instants and fails its calls; see scripts/crash-test."""

import argparse
import errno
import json
import os
import random
import re
import shutil
import signal
import subprocess
import sys
import tempfile
import threading
import time

IDR = range(0, 240, 20)


class Bench:
    """A library that is changed, and what is known of it."""

    def __init__(self, sizzle, generate, folder, seed):
        self.sizzle, self.folder, self.random = sizzle, folder, random.Random(seed)
        self.library = self.path("library")
        self.mega = self.path("mega.mp4")
        subprocess.run([generate, "--size", "160x90", "--frames", "240", "--idr", ",".join(map(str, IDR)), self.mega], check=True,
                       stdin=subprocess.DEVNULL)
        self.passed, self.failures = 0, []
        for number in range(6):
            clips = [{"title": f"T{clip}", "type": "20", "start": start, "end": start + 20}
                     for clip, start in enumerate([*range(0, 160, 20)][:8] if number == 0 else
                                                  [20 * ((clip * (number + 1) + number) % 12) for clip in range(8)])]
            self.write(f"clips-{number}.json", {"frameRate": "24/1", "clips": clips})
        self.write("plan.json", {"edition": "current", "slots": [{"title": f"T{clip}", "type": "20"} for clip in range(8)]})

    def path(self, name):
        return os.path.join(self.folder, name)

    def write(self, name, value):
        with open(self.path(name), "w", encoding="utf-8") as file:
            json.dump(value, file)

    def run(self, *arguments, **more):
        return subprocess.run([self.sizzle, *arguments, "--library", self.library], stdin=subprocess.DEVNULL, text=True,
                              capture_output=True, **more)

    def expect(self, condition, what):
        if condition:
            self.passed += 1
        else:
            self.failures.append(what)
            print(f"failed: {what}", flush=True)
        return condition

    def editions(self):
        return sorted(name for name in os.listdir(os.path.join(self.library, "editions")) if not name.startswith("."))

    def command(self):
        """One of the commands that change a library, and the statuses with which it may end."""
        kind = self.random.choice(["ingest", "ingest", "promote", "promote", "rollback", "prune", "import"])
        if kind == "ingest":
            return ["ingest", self.mega, "--index", self.path(f"clips-{self.random.randrange(6)}.json"), "--bed", "main=0-240", "--quiet"], {0}
        if kind == "promote":
            more = self.random.choice([[], ["--share", "30%"]])
            return ["editions", "promote", self.random.choice(self.editions()), "--force", "--why", "try", *more], {0, 64}
        if kind == "rollback":
            return ["editions", "rollback"], {0, 66}
        if kind == "prune":
            return ["editions", "prune", "--keep", str(self.random.randrange(4))], {0}
        return ["editions", "import", self.path("edition.tar"), "--quiet"], {0}

    def look(self, what, full):
        """Holds the library against what always has to be so."""
        listed = self.run("editions", "list", "--json")
        if not self.expect(listed.returncode == 0, f"{what}: the library does not open: {listed.stderr}"):
            return
        verified = self.run("editions", "verify", "current", "--quiet", *([] if full else ["--quick"]))
        self.expect(verified.returncode == 0, f"{what}: the live edition is not whole: {verified.stdout}{verified.stderr}")

    def leftovers(self):
        """Files that a process left that died."""
        found = []
        for root, folders, files in os.walk(self.library):
            found += [os.path.join(root, name) for name in folders + files
                      if re.match(r"\.(building|removing|making)-|\..*\.partial$", name)]
        return found


class Reader(threading.Thread):
    """Renders what is live, without pause, and verifies each reel against the edition that it says it is of."""

    def __init__(self, bench, number):
        super().__init__(daemon=True)
        self.bench, self.number, self.stopped, self.reels, self.editions = bench, number, False, 0, set()

    def run(self):
        bench, reel = self.bench, self.bench.path(f"reel-{self.number}.mp4")
        while not self.stopped:
            made = bench.run("render", bench.path("plan.json"), "-o", reel, "--quiet", "--json")
            if not bench.expect(made.returncode == 0, f"a reader could not render: {made.stderr}"):
                continue
            edition = json.loads(made.stdout)["edition"]
            verified = bench.run("verify", reel, "--plan", bench.path("plan.json"), "--edition", edition, "--quiet")
            # An edition that was pruned since cannot be asked any more.
            bench.expect(verified.returncode == 0 or "no edition" in verified.stderr or "pruned" in verified.stderr,
                         f"a reel is no edition's: {verified.stdout}{verified.stderr}")
            self.reels += 1
            self.editions.add(edition)


def kill(bench, rounds):
    """Kills one command a round."""
    reader = Reader(bench, 0)
    reader.start()
    lengths, killed = {}, 0
    for number in range(rounds):
        command, statuses = bench.command()
        kind = command[0] if command[0] == "ingest" else command[1]
        process = subprocess.Popen([bench.sizzle, *command, "--library", bench.library], stdin=subprocess.DEVNULL,
                                   stdout=subprocess.DEVNULL, stderr=subprocess.DEVNULL)
        started = time.monotonic()
        try:
            process.wait(bench.random.uniform(0, lengths.get(kind, 0.3) * 1.1))
        except subprocess.TimeoutExpired:
            process.send_signal(signal.SIGKILL)
            process.wait()
            killed += 1
        # The slowest instant counts too: commands are longer beside others.
        if process.returncode == 0:
            lengths[kind] = max(lengths.get(kind, 0), time.monotonic() - started)
        what = f"round {number + 1}, {' '.join(command)} ended with {process.returncode}"
        bench.look(what, full=number % 5 == 0)
        again = bench.run(*command)
        statuses = statuses | ({66} if kind == "promote" else set())
        bench.expect(again.returncode in statuses, f"{what}: repeated it ends with {again.returncode}: {again.stderr}")
        if (number + 1) % 20 == 0:
            print(f"{number + 1} rounds, {killed} killed, {reader.reels} reels read", flush=True)
    reader.stopped = True
    reader.join()
    print(f"{killed} of {rounds} commands were killed before their end, {reader.reels} reels of {len(reader.editions)} editions were read")


def fail(bench, runs):
    """Lets one call fail in each run."""
    shim = bench.path("failing_calls.so")
    compiler = shutil.which("clang") or shutil.which("cc")
    subprocess.run([compiler, "-shared", "-fPIC", "-O1", "-o", shim, os.path.join(os.path.dirname(__file__), "failing_calls.c"), "-ldl"],
                   check=True)
    failed = {}
    for number in range(runs):
        command, statuses = bench.command()
        log = bench.path("failed.log")
        if os.path.exists(log):
            os.remove(log)
        limit = 120 if command[0] == "ingest" else 30
        code = bench.random.choice([errno.EIO, errno.ENOSPC])
        environment = dict(os.environ, LD_PRELOAD=shim, FAIL_AT=str(bench.random.randint(1, limit)), FAIL_WITH=str(code), FAIL_LOG=log)
        done = bench.run(*command, env=environment)
        call = open(log, encoding="utf-8").read().strip() if os.path.exists(log) else None
        what = f"run {number + 1}, {' '.join(command)}, failed call {call}, status {done.returncode}"
        if call:
            failed[call] = failed.get(call, 0) + 1
            lines = done.stderr.strip().split("\n")
            bench.expect(done.returncode in statuses | {1, 65, 66, 73, 74}, f"{what}: {done.stderr}")
            bench.expect(done.returncode == 0 or len(lines) == 1 and lines[0].startswith("error: "), f"{what}: {done.stderr}")
        bench.look(what, full=number % 10 == 0)
        again = bench.run(*command)
        statuses = statuses | ({66} if command[1] == "promote" else set())
        bench.expect(again.returncode in statuses, f"{what}: repeated it ends with {again.returncode}: {again.stderr}")
    print("calls that failed: " + ", ".join(f"{name} {count}" for name, count in sorted(failed.items())))


def loop(bench, count, readers):
    """Promotes and rolls back beside readers."""
    threads = [Reader(bench, number) for number in range(readers)]
    for thread in threads:
        thread.start()
    for number in range(count):
        arguments = ["promote", bench.random.choice(bench.editions()), "--force", "--why", "loop"] if number % 3 < 2 else ["rollback"]
        done = bench.run("editions", *arguments)
        bench.expect(done.returncode in (0, 66), f"{arguments}: {done.stderr}")
        if (number + 1) % 100 == 0:
            print(f"{number + 1} promotes and rollbacks, {sum(thread.reels for thread in threads)} reels", flush=True)
    for thread in threads:
        thread.stopped = True
    for thread in threads:
        thread.join()
    print(f"{count} promotes and rollbacks beside {sum(thread.reels for thread in threads)} reels of "
          f"{len(set.union(*(thread.editions for thread in threads)))} editions")


def main():
    parser = argparse.ArgumentParser()
    parser.add_argument("rounds", type=int)
    parser.add_argument("--sizzle", required=True)
    parser.add_argument("--generate", required=True)
    parser.add_argument("--faults", type=int, default=0)
    parser.add_argument("--loop", type=int, default=0)
    parser.add_argument("--readers", type=int, default=8)
    parser.add_argument("--seed", type=int, default=1)
    parser.add_argument("--keep")
    given = parser.parse_args()
    with tempfile.TemporaryDirectory() as temporary:
        folder = given.keep or temporary
        os.makedirs(folder, exist_ok=True)
        bench = Bench(os.path.abspath(given.sizzle), given.generate, folder, given.seed)
        for number in range(3):
            made = bench.run("ingest", bench.mega, "--index", bench.path(f"clips-{number}.json"), "--bed", "main=0-240", "--quiet")
            bench.expect(made.returncode == 0, f"the first ingests: {made.stderr}")
        exported = bench.run("editions", "export", "-o", bench.path("edition.tar"), "--quiet")
        bench.expect(exported.returncode == 0, f"export: {exported.stderr}")
        if given.rounds:
            kill(bench, given.rounds)
        if given.faults:
            fail(bench, given.faults)
        if given.loop:
            loop(bench, given.loop, given.readers)
        bench.look("at the end", full=True)
        # Whatever died is gone when the library is next pruned.
        bench.expect(bench.run("editions", "prune", "--keep", "1").returncode == 0, "the last prune")
        bench.expect(bench.leftovers() == [], f"left behind: {bench.leftovers()}")
        for edition in bench.editions():
            verified = bench.run("editions", "verify", edition, "--quiet")
            bench.expect(verified.returncode == 0, f"edition {edition}: {verified.stdout}{verified.stderr}")
    print(f"{bench.passed} passed, {len(bench.failures)} failed")
    return 1 if bench.failures else 0


if __name__ == "__main__":
    sys.exit(main())
