#!/usr/bin/env python3
"""Holds Spark's tables against those of the program; called by scripts/spark-test, which says what there is."""

import argparse
import contextlib
import glob
import gzip
import json
import os
import shutil
import sqlite3
import subprocess
import sys
import tempfile
import time
from datetime import datetime, timezone

import spark_events

ROOT = os.path.dirname(os.path.dirname(os.path.dirname(os.path.abspath(__file__))))
JOB = os.path.join(ROOT, "deploy", "spark")
TABLES = ("reel_days.csv", "slot_days.csv")
BAD_INPUT = 65
sys.dont_write_bytecode = True
sys.path.insert(0, JOB)

import event_lines  # noqa: E402


def say(text):
    print(text, flush=True)


class Failure(Exception):
    """Something is not as it should be; its text is for people."""


def expect(is_so, text):
    if not is_so:
        raise Failure(text)


class Trial:
    """A log in files, a library that has imported it, and Spark."""

    def __init__(self, options, work):
        self.options, self.work = options, work
        log = spark_events.Log(options.seed, options.reels)
        self.logs = self.folder("logs")
        for received, lines in log.files.items():
            with open(f"{self.logs}/{log.name(received)}", "w", encoding="utf-8", newline="") as file:
                file.write("\n".join(lines))
        say(f"spark-test: {sum(map(len, log.files.values()))} lines in {len(log.files)} files, seed {options.seed}")

    def folder(self, name):
        path = os.path.join(self.work, name)
        os.makedirs(path, exist_ok=True)
        return path

    def run(self, *command, ends=0, **environment):
        result = subprocess.run(command, stdin=subprocess.DEVNULL, capture_output=True, text=True, check=False,
                                env=os.environ | environment)
        expect(result.returncode == ends,
               f"{' '.join(command[:8])} … ended with {result.returncode}, not {ends}: {result.stderr[-3000:]}{result.stdout[-1000:]}")
        return result

    def sizzle(self, *arguments, library="library", at=None, ends=0):
        """The program, at the time that a file was received."""
        command = [self.options.sizzle, *arguments, "--library", os.path.join(self.work, library)]
        if at is None:
            return self.run(*command, ends=ends)
        clock = datetime.fromtimestamp(at // 1_000, timezone.utc).strftime("%Y-%m-%d %H:%M:%S")
        return self.run("faketime", "-f", clock, *command, ends=ends, TZ="UTC", FAKETIME_DONT_FAKE_MONOTONIC="1")

    def imported(self, files, library, *more, clock=True):
        """Imports files by their names' order; gives the sums of what is said of them. Files that are refused count too."""
        sums = {"badFiles": 0, "skipped": {}}
        for file in sorted(files):
            at = int(os.path.basename(file)[7:20]) if clock else None
            try:
                said = json.loads(self.sizzle("events", "import", file, "--json", *more, library=library, at=at).stdout)
            except Failure:
                self.sizzle("events", "import", file, *more, library=library, at=at, ends=BAD_INPUT)
                sums["badFiles"] += 1
                continue
            for kind, count in said.pop("skipped").items():
                sums["skipped"][kind] = sums["skipped"].get(kind, 0) + count
            for name, count in said.items():
                sums[name] = sums.get(name, 0) + count
        return sums

    def tables(self, library, *more):
        folder = self.folder(f"tables-{library}{''.join(more)}")
        self.sizzle("report", "--tables", folder, *more, library=library)
        return folder

    def spark(self, output, *arguments, ends=0, partitions=3, conf=()):
        """The job by spark-submit; gives what it says on stdout and stderr, and its folder."""
        folder = os.path.join(self.work, output)
        python = os.path.join(self.options.tools, "bin", "python")
        settings = ["spark.ui.enabled=false", f"spark.sql.shuffle.partitions={partitions}", "spark.driver.bindAddress=127.0.0.1",
                    "spark.driver.host=127.0.0.1", f"spark.local.dir={self.folder('spark')}", "spark.driver.memory=2g", *conf]
        result = self.run(
            os.path.join(self.options.tools, "bin", "spark-submit"), "--master", "local[2]",
            *(part for setting in settings for part in ("--conf", setting)), f"{JOB}/aggregates.py", "--output", folder, *arguments,
            ends=ends, PYSPARK_PYTHON=python, PYSPARK_DRIVER_PYTHON=python, PYTHONDONTWRITEBYTECODE="1")
        return folder, result

    def counted(self, output, *arguments, **more):
        folder, result = self.spark(output, *arguments, "--json", **more)
        # spark-submit sends both of a job's streams to its own stdout; the counts come last.
        return folder, json.loads(result.stdout.splitlines()[-1])

    def same(self, ours, theirs):
        """Row by row, and then the bytes."""
        for name in TABLES:
            with open(f"{ours}/{name}", encoding="utf-8", newline="") as first, open(f"{theirs}/{name}", encoding="utf-8", newline="") as second:
                rows, others = first.read().split("\n"), second.read().split("\n")
            only, missing = sorted(set(rows) - set(others)), sorted(set(others) - set(rows))
            expect(not only and not missing, f"{name}: {len(only)} rows of the program are not Spark's, such as {only[:3]}; "
                                             f"{len(missing)} the other way round, such as {missing[:3]}")
            expect(rows == others, f"{name}: the order of rows differs")
            expect(len(rows) > 2, f"{name}: has no rows")
        left = sorted(os.listdir(theirs))
        expect(left == sorted(TABLES), f"{theirs} holds {left}")


def verdicts(trial):
    """Each line at the border of what is taken, alone: refused by both, or taken by both with the same columns."""
    columns = "event_id, type, ts, viewer, title, is_like, reel, edition, slot, clip, at_ms, stalled_ms"
    file, kinds, differ = os.path.join(trial.work, "odd.ndjson"), {}, []
    database = os.path.join(trial.work, "odd", "catalogue.sqlite")
    for line in spark_events.odd_lines():
        with open(file, "wb") as out:
            out.write(line + b"\n")
        command = [trial.options.sizzle, "events", "import", file, "--backfill", "--json", "--library", os.path.dirname(database)]
        result = subprocess.run(command, capture_output=True, text=True, check=False)
        expect(result.returncode in (0, BAD_INPUT), f"{line[:300]}: ended with {result.returncode}: {result.stderr[:500]}")
        theirs, row = event_lines.read(line), None
        verdict = ("refused" if theirs[0] else "skipped" if theirs[1] is not None else "taken") if theirs else "blank"
        ours = "refused" if result.returncode else "skipped" if json.loads(result.stdout)["skipped"] else "taken"
        if ours == "taken":
            with contextlib.closing(sqlite3.connect(database)) as db, db:
                row = db.execute(f"SELECT {columns} FROM events").fetchone()
                for table in ("events", "deliveries", "delivered_slots", "delivered_arms"):
                    db.execute(f"DELETE FROM {table}")
        if ours != verdict or ours == "taken" and row != theirs[2:14]:
            differ.append(f"{line[:200]}: {ours} {row}, by Spark's reader {verdict} {theirs[0] or theirs[2:14]}: {result.stderr[:200]}")
        kinds[ours] = kinds.get(ours, 0) + 1
    expect(not differ, f"{len(differ)} lines differ:\n" + "\n".join(differ))
    expect(len(kinds) == 3 and min(kinds.values()) > 2, f"verdicts: {kinds}")
    say(f"spark-test: lines alone: {kinds}")


def tables(trial):
    """The tables, what is said of the lines, and the reports that are made of both; some files compressed."""
    sums = trial.imported(glob.glob(f"{trial.logs}/*"), "library")
    ours = trial.tables("library")
    packed = trial.folder("packed")
    for number, file in enumerate(sorted(glob.glob(f"{trial.logs}/*"))):
        with open(file, "rb") as source, (gzip.open(f"{packed}/{os.path.basename(file)}.gz", "wb") if number % 3 == 0 else
                                          open(f"{packed}/{os.path.basename(file)}", "wb")) as target:
            shutil.copyfileobj(source, target)
    theirs, said = trial.counted("counted", f"{packed}/events-*")
    trial.same(ours, theirs)
    said.pop("badLines")
    expect(said == sums, f"an import says {sums}, Spark {said}")
    expect(all(said[name] > 5 for name in ("added", "duplicates", "conflicts", "clamped", "late")), f"the log lacks something: {said}")
    with open(f"{theirs}/reel_days.csv", encoding="utf-8") as file:
        totals = [sum(map(int, column)) for column in zip(*(line.rsplit(",", 10)[1:] for line in file.read().splitlines()[1:]))]
    expect(min(totals) > 5, f"the log lacks something: {totals}")
    for by in ("day", "cadence", "edition", "arm"):
        reports = [trial.run(trial.options.sizzle, "report", "--aggregates", folder, "--by", by, *form).stdout
                   for folder in (ours, theirs) for form in ((), ("--json",))]
        expect(reports[:2] == reports[2:], f"the reports by {by} differ")
        expect(trial.sizzle("report", "--by", by).stdout == reports[2], f"the library's report by {by} is another")
    say(f"spark-test: {said}")


def splits(trial):
    """Any cut of the files into splits and any number of partitions give the same tables; so do days from and to."""
    theirs, _ = trial.counted("split", f"{trial.logs}/", partitions=7,
                              conf=("spark.sql.files.maxPartitionBytes=7000", "spark.sql.files.openCostInBytes=0"))
    trial.same(trial.tables("library"), theirs)
    days = ("--from", "2026-11-24", "--to", "2026-11-26")
    theirs, _ = trial.counted("days", f"{trial.logs}/", *days)
    trial.same(trial.tables("library", *days), theirs)


def backfill(trial):
    """A log of the past, each event at its own time."""
    trial.imported(glob.glob(f"{trial.logs}/*"), "past", "--backfill")
    theirs, said = trial.counted("own", f"{trial.logs}/", "--received", "own")
    trial.same(trial.tables("past"), theirs)
    expect(said["late"] == said["clamped"] == 0, f"{said}")


def bad(trial):
    """Files with a bad line: the job ends, or leaves out the file as an import does, or the line as the service does."""
    logs, lines = trial.folder("bad"), trial.folder("bad-lines")
    spoilt = []
    for number, file in enumerate(sorted(glob.glob(f"{trial.logs}/*"))):
        with open(file, "rb") as source:
            rows = source.read().split(b"\n")
        with open(f"{lines}/{os.path.basename(file)}", "wb") as target:
            target.write(b"\n".join(rows))
        if number % 4 == 1:
            rows.insert(len(rows) // 2, b'{"v":1,"event_id":"bad","type":"skip"}')
            spoilt.append(os.path.basename(file))
        with open(f"{logs}/{os.path.basename(file)}", "wb") as target:
            target.write(b"\n".join(rows))
    folder, result = trial.spark("refused", f"{logs}/", ends=BAD_INPUT)
    expect(f"{spoilt[0]}: " in result.stdout and f"{len(spoilt)} bad lines in {len(spoilt)} files" in result.stdout, result.stdout[-2000:])
    expect(not os.path.exists(folder), f"{folder} was written")
    sums = trial.imported(glob.glob(f"{logs}/*"), "files")
    theirs, said = trial.counted("files-counted", f"{logs}/", "--bad", "file")
    trial.same(trial.tables("files"), theirs)
    expect(said["badFiles"] == sums["badFiles"] == len(spoilt) and said["added"] == sums["added"], f"an import says {sums}, Spark {said}")
    theirs, said = trial.counted("lines-counted", f"{logs}/", "--bad", "line")
    trial.same(trial.tables("library"), theirs)


def forgotten(trial):
    """Viewers who were forgotten in the middle of the log."""
    files = sorted(glob.glob(f"{trial.logs}/*"))
    trial.imported(files[:9], "forgets")
    for viewer in ("viewer-1", "viewer-2"):
        trial.sizzle("viewers", "forget", viewer, library="forgets", at=int(os.path.basename(files[8])[7:20]))
    trial.imported(files[9:], "forgets")
    trial.imported(files, "forgets")
    with contextlib.closing(sqlite3.connect(os.path.join(trial.work, "forgets", "catalogue.sqlite"))) as db:
        rows = db.execute("SELECT viewer, until FROM forgotten").fetchall()
    expect(len(rows) == 2, f"{rows}")
    with open(os.path.join(trial.work, "forgotten.csv"), "w", encoding="utf-8") as file:
        file.writelines(f"{viewer},{until}\n" for viewer, until in rows)
    theirs, said = trial.counted("without", f"{trial.logs}/", "--forgotten", file.name)
    expect(said["forgotten"] > 5, f"{said}")
    trial.same(trial.tables("forgets"), theirs)


def parquet(trial):
    """The same rows as Parquet."""
    folder, _ = trial.spark("parquet", f"{trial.logs}/", "--format", "parquet")
    script = ("import sys; from pyspark.sql import SparkSession\n"
              "spark = SparkSession.builder.master('local[1]').config('spark.ui.enabled', 'false')"
              ".config('spark.driver.host', '127.0.0.1').getOrCreate()\n"
              "import csv; writer = csv.writer(sys.stdout, lineterminator='\\n')\n"
              "for name in sys.argv[2:]:\n"
              "    table = spark.read.parquet(f'{sys.argv[1]}/{name}.parquet'); writer.writerow(table.columns)\n"
              "    [writer.writerow(row) for row in table.collect()]\n")
    python = os.path.join(trial.options.tools, "bin", "python")
    rows = trial.run(python, "-c", script, folder, "reel_days", "slot_days", PYSPARK_PYTHON=python).stdout
    expected = ""
    for name in TABLES:
        with open(os.path.join(trial.tables("library"), name), encoding="utf-8") as file:
            expected += file.read()
    expect(rows == expected, f"Parquet holds other rows: {rows[:500]}")


def main():
    checks = (verdicts, tables, splits, backfill, bad, forgotten, parquet)
    parser = argparse.ArgumentParser()
    for name in ("sizzle", "tools", "folder"):
        parser.add_argument(f"--{name}", required=True)
    parser.add_argument("--reels", type=int, default=1500)
    parser.add_argument("--seed", type=int, default=1)
    parser.add_argument("--only", action="append", choices=[check.__name__ for check in checks])
    parser.add_argument("--keep")
    options = parser.parse_args()
    os.makedirs(options.folder, exist_ok=True)
    work = os.path.abspath(options.keep or tempfile.mkdtemp(dir=options.folder))
    os.makedirs(work, exist_ok=True)
    passed = failed = 0
    try:
        trial = Trial(options, work)
        for check in checks:
            # What the others compare with is what 'tables' imports.
            if options.only and check.__name__ not in options.only and (check is not tables or options.only == ["verdicts"]):
                continue
            started = time.time()
            try:
                check(trial)
                passed += 1
                say(f"spark-test: {check.__name__}: passed after {time.time() - started:.0f} s")
            except Failure as error:
                failed += 1
                say(f"spark-test: {check.__name__}: failed: {error}")
    finally:
        if not options.keep:
            shutil.rmtree(work, ignore_errors=True)
    say(f"{passed} passed, {failed} failed")
    sys.exit(1 if failed else 0)


if __name__ == "__main__":
    main()
