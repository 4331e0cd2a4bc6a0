#!/usr/bin/env python3
"""Counts what became of reels from logs of events, for audiences past one machine: the tables of `sizzle report --tables`.

    spark-submit --py-files deploy/spark/event_lines.py,deploy/spark/reel_statements.py deploy/spark/aggregates.py \\
        --output hdfs:///counted 'hdfs:///logs/events-*.ndjson.gz'

The README beside it says how it is run and what it is equal to.
"""

import argparse
import json
import re
import sys
import time

from py4j.protocol import Py4JJavaError
from pyspark.errors import AnalysisException, PySparkException
from pyspark.sql import SparkSession
from pyspark.sql.functions import col, monotonically_increasing_id, udf
from pyspark.storagelevel import StorageLevel

import event_lines
import reel_statements

# sysexits, as the program's own.
USAGE, BAD_INPUT, NOT_FOUND, FAILED = 64, 65, 66, 70
# How the service names a file of events that it has closed.
CLOSED = re.compile(r"events-(\d{13})\.ndjson(\.[a-z0-9]+)?")


class Fault(Exception):
    """What ends the job, in words for people, with its exit status."""

    def __init__(self, status, text):
        super().__init__(text)
        self.status = status


def arguments():
    parser = argparse.ArgumentParser(
        description="Counts what became of reels: reel_days and slot_days, as `sizzle report --aggregates` reads them.",
        formatter_class=argparse.RawDescriptionHelpFormatter,
        epilog="Lines are those of `sizzle events import`. An event's id counts once, its first line by the names of files, whichever "
               "folders they are in.")
    parser.add_argument("logs", nargs="+", help="files, folders or globs, on any file system of Hadoop; compressed or not")
    parser.add_argument("--output", required=True, help="the folder for the tables; tables that are there are replaced")
    parser.add_argument("--format", choices=["csv", "parquet"], default="csv",
                        help="csv: one file each, which sizzle reads (default); parquet: a folder each, for other programs")
    parser.add_argument("--received", default="name", metavar="WHEN",
                        help="when events came, for lateness and clocks ahead: 'name' (default) takes it from names such as "
                             "events-1795564800000.ndjson, 'own' each event's own time, 'now', or an RFC 3339 time")
    parser.add_argument("--bad", choices=["refuse", "file", "line"], default="refuse",
                        help="what a bad line ends: the job (default), its file's part as 'events import' does, or only itself as "
                             "the service does")
    parser.add_argument("--forgotten", metavar="CSV", help="lines of SHA-256 of a viewer in hex, comma, milliseconds since 1970: events "
                                                           "up to then are left out")
    parser.add_argument("--from", dest="first", metavar="DAY", help="the first UTC day, such as 2026-11-01")
    parser.add_argument("--to", dest="last", metavar="DAY", help="the last UTC day")
    parser.add_argument("--json", action="store_true", help="print what was read as one JSON document on stdout")
    options = parser.parse_args()
    for name, day in (("--from", options.first), ("--to", options.last)):
        if day is not None and event_lines.milliseconds(f"{day}T00:00:00Z") is None:
            parser.error(f"{name} {day}: is not a day; write it as 2026-11-24")
    if options.received not in ("name", "own", "now") and event_lines.milliseconds(options.received) is None:
        parser.error(f"--received {options.received}: is neither name, own, now nor a time such as 2026-11-24T20:15:00Z")
    return options


def received(options, files):
    """The SQL of when a line came, in milliseconds."""
    if options.received == "own":
        return "CAST(NULL AS BIGINT)"
    if options.received == "now":
        return f"CAST({time.time_ns() // 1_000_000} AS BIGINT)"
    if options.received != "name":
        return f"CAST({event_lines.milliseconds(options.received)} AS BIGINT)"
    for file in files:
        if not CLOSED.fullmatch(file.rsplit("/", 1)[-1]):
            raise Fault(USAGE, f"{file}: its name does not say when its events came, as events-1795564800000.ndjson does; say it with "
                               "--received own, now or a time")
    return "CAST(regexp_extract(name, '^events-([0-9]{13})', 1) AS BIGINT)"


def make_views(spark, options):
    """Reads the logs, and makes all views but the tables."""
    # Lines end with \n alone. A binary value reaches Python as it is, be it UTF-8 or not.
    text = spark.read.text(options.logs, lineSep="\n")
    read = udf(event_lines.read, event_lines.FIELDS).asNondeterministic()
    lines = text.select(
        read(text.value.cast("binary")).alias("read"), col("_metadata.file_name").alias("name"),
        col("_metadata.file_path").alias("path"), col("_metadata.file_block_start").alias("block"),
        monotonically_increasing_id().alias("row"),
    ).selectExpr("*", f"{received(options, text.inputFiles())} AS received").where("read IS NOT NULL")
    lines = lines.persist(StorageLevel.MEMORY_AND_DISK)
    lines.createOrReplaceTempView("lines")
    if options.forgotten:
        forgotten = spark.read.csv(options.forgotten, schema="viewer STRING, until BIGINT", mode="FAILFAST")
    else:
        forgotten = spark.createDataFrame([], "viewer STRING, until BIGINT")
    forgotten.createOrReplaceTempView("forgotten")
    files = "SELECT DISTINCT path FROM lines WHERE read.problem IS NOT NULL"
    spark.sql(files + ("" if options.bad == "file" else " AND false")).createOrReplaceTempView("refused")
    for name, statement in reel_statements.VIEWS.items():
        view = spark.sql(statement)
        if name in reel_statements.KEPT:
            view = view.persist(StorageLevel.MEMORY_AND_DISK)
        view.createOrReplaceTempView(name)


def refuse_bad(spark, options):
    """Says which lines are bad; with --bad refuse, that ends the job.

    Returns how many lines and files are left out."""
    lines, files = spark.sql(
        "SELECT count_if(read.problem IS NOT NULL), count(DISTINCT CASE WHEN read.problem IS NOT NULL THEN path END) FROM lines").first()
    if lines:
        examples = spark.sql("""
            SELECT path, read.problem FROM lines WHERE read.problem IS NOT NULL ORDER BY name, path, block, row LIMIT 5
        """).collect()
        for path, problem in examples:
            print(f"{path}: {problem}", file=sys.stderr)
        if options.bad == "refuse":
            raise Fault(BAD_INPUT, f"{lines} bad lines in {files} files, of which the first are above; nothing is written. --bad file or "
                                   "--bad line leaves them out")
    return lines, files


def summary(spark, bad):
    """The counts of `sizzle events import`, over all files, and what was refused."""
    lines, files = bad
    row = spark.sql("""
        SELECT count_if(nth = 1) AS added, count_if(nth > 1 AND content = first_content) AS duplicates,
            count_if(nth > 1 AND content <> first_content) AS conflicts, count_if(nth = 1 AND is_clamped) AS clamped,
            count_if(nth = 1 AND is_late) AS late, count(*) AS taken
        FROM ranked
    """).first().asDict()
    skipped = spark.sql("""
        SELECT read.unknown, count(*) FROM lines LEFT ANTI JOIN refused USING (path)
        WHERE read.unknown IS NOT NULL GROUP BY read.unknown ORDER BY read.unknown
    """).collect()
    known = spark.sql("""
        SELECT count(*) FROM lines LEFT ANTI JOIN refused USING (path) WHERE read.problem IS NULL AND read.unknown IS NULL
    """).first()[0]
    counts = {"forgotten": known - row.pop("taken"), "skipped": {kind: count for kind, count in skipped}}
    return row | counts | {"badLines": lines, "badFiles": files}


def write(spark, options):
    """Writes the tables: each is whole, or as it was before."""
    after = options.last + "~" if options.last else "~"
    for name, (statement, order) in reel_statements.TABLES.items():
        table = spark.sql(statement.format(first=options.first or "", after=after)).repartition(1).sortWithinPartitions(*order)
        if options.format == "parquet":
            table.write.parquet(f"{options.output}/{name}.parquet", mode="overwrite")
        else:
            write_csv(spark, table, options.output, name)


def write_csv(spark, table, folder, name):
    """One file (RFC 4180), by Hadoop's own means, on whatever file system the folder is."""
    part = f"{folder}/.{name}-{time.time_ns()}"
    table.write.csv(part, header=True, escape='"', emptyValue="", nullValue="", ignoreLeadingWhiteSpace=False,
                    ignoreTrailingWhiteSpace=False)
    hadoop = spark._jvm.org.apache.hadoop.fs
    files = hadoop.Path(part).getFileSystem(spark._jsc.hadoopConfiguration())
    (written,) = [status.getPath() for status in files.globStatus(hadoop.Path(f"{part}/part-*.csv"))]
    target = hadoop.Path(f"{folder}/{name}.csv")
    files.delete(target, False)
    if not files.rename(written, target):
        raise Fault(FAILED, f"{target}: could not be written; it is {written}")
    files.delete(hadoop.Path(part), True)
    # The checksums that Hadoop keeps beside local files.
    files.delete(hadoop.Path(f"{folder}/.{name}.csv.crc"), False)


def run(options):
    builder = SparkSession.builder.appName("sizzle aggregates")
    # Days are UTC's; a sum past 64 bits is an error, as in SQLite, and not another number.
    spark = builder.config("spark.sql.session.timeZone", "UTC").config("spark.sql.ansi.enabled", "true").getOrCreate()
    spark.sparkContext.setLogLevel("ERROR")
    for module in (event_lines, reel_statements):
        spark.sparkContext.addPyFile(module.__file__)
    try:
        make_views(spark, options)
        bad = refuse_bad(spark, options)
        counts = summary(spark, bad)
        write(spark, options)
    finally:
        spark.stop()
    return counts


def main():
    options = arguments()
    try:
        counts = run(options)
    except Fault as fault:
        print(f"error: {fault}", file=sys.stderr)
        return fault.status
    except AnalysisException as error:
        print(f"error: {str(error).splitlines()[0]}", file=sys.stderr)
        return NOT_FOUND if error.getErrorClass() == "PATH_NOT_FOUND" else FAILED
    except (PySparkException, Py4JJavaError) as error:
        print(f"error: {error}", file=sys.stderr)
        return FAILED
    if options.json:
        print(json.dumps(counts))
    else:
        words = [f"{counts['added']} events counted", f"{counts['duplicates']} known already", f"{counts['conflicts']} in conflict with a known one"]
        words += [f"{counts[name]} {what}" for name, what in
                  (("clamped", "clamped to their receipt"), ("late", "late"), ("forgotten", "of forgotten viewers left out"),
                   ("badLines", f"bad lines in {counts['badFiles']} files left out")) if counts[name]]
        words += [f"skipped: {count} of unknown type {kind!r}" for kind, count in counts["skipped"].items()]
        print(f"{', '.join(words)}; the tables are in {options.output}")
    return 0


if __name__ == "__main__":
    sys.exit(main())
