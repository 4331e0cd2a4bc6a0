#!/usr/bin/env python3
"""Holds an HLS and a DASH stream, as a server gives them over HTTP, against the clauses that they answer to.

    check_stream.py --base http://127.0.0.1:8080 --hls /v1/r/TOKEN/main.m3u8 --dash /v1/r/TOKEN/manifest.mpd

--json           one JSON document: {"faults", "warnings", "checks", "hls", "dash"}
--expect FILE    a JSON object, such as {"hls": {"segments": 24}}: each of its values must be the one in that document
--static         media objects on a plain host: discontinuities are allowed, and headers that the service promises are not asked
--forbid TEXT    must not occur in a media URL, as the token must not; may be repeated (a viewer, an edition)

Fetches all that the manifests name, each thing once, and prints a line for each fault and each warning, then what was
found, then `N passed, N failed`. Exit status 1 with faults. It shares nothing with the engine, so that the two can disagree.

Clauses: RFC 8216 (HLS), "8216bis" for draft-pantos-hls-rfc8216bis, ISO/IEC 14496-12 (boxes) and -15 (NAL units), 23009-1 (DASH,
in dash_rules.py), RFC 6381 (codecs), RFC 9110 and 9111 (HTTP); "Sizzle" is the project's own contract.
"""

import argparse
import json
import re
import sys

from dash_rules import check_dash
from hls_rules import check_hls
from stream_boxes import UNREADABLE
from stream_renditions import Stream


def subset_faults(wanted, found, place=""):
    """Where `found` is not what `wanted` says; keys that it does not name are free."""
    if isinstance(wanted, dict) and isinstance(found, dict):
        for key, value in wanted.items():
            yield from subset_faults(value, found.get(key), f"{place}.{key}".lstrip("."))
    elif isinstance(wanted, list) and isinstance(found, list) and len(wanted) == len(found):
        for index, value in enumerate(wanted):
            yield from subset_faults(value, found[index], f"{place}[{index}]")
    elif wanted != found:
        yield f"{place} is {json.dumps(found)}, expected {json.dumps(wanted)}"


def run(base, hls=None, dash=None, static=False, forbidden=(), expected=None):
    """All checks: the document that --json prints, and that expectations are held against."""
    token = [match[1] for path in (hls, dash) if path and (match := re.search(r"/v1/r/([^/]+)/", path))]
    stream = Stream(base, static, set(token) | set(forbidden))
    report, facts = stream.report, {"hls": {}, "dash": {}}
    for name, reference, check in (("hls", hls, check_hls), ("dash", dash, check_dash)):
        try:
            facts[name] = check(stream, reference) if reference else {}
        except UNREADABLE as error:
            report.check(False, "RFC 9110 15.3.1", f"{reference}: {error}")
    for message in subset_faults(expected or {}, facts):
        report.check(False, "expected", message)
    return {"faults": report.faults, "warnings": report.warnings, "checks": report.checks, **facts}


def summary(name, facts):
    renditions = facts.get("renditions", [])
    return f"{name}: {len(renditions)} renditions, {facts.get('segments', 0)} segments, " \
           f"{facts.get('requestsUntilFirstFrame')} requests until the first frame"


def main():
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--base", required=True)
    parser.add_argument("--hls")
    parser.add_argument("--dash")
    parser.add_argument("--json", action="store_true")
    parser.add_argument("--expect", type=argparse.FileType("rb"))
    parser.add_argument("--static", action="store_true")
    parser.add_argument("--forbid", action="append", default=[])
    options = parser.parse_args()
    if not options.hls and not options.dash:
        parser.error("give --hls, --dash or both")
    found = run(options.base, options.hls, options.dash, options.static, options.forbid,
                json.load(options.expect) if options.expect else None)
    if options.json:
        json.dump(found, sys.stdout, indent=1)
        print()
    else:
        for fault in found["faults"]:
            print(f"FAULT {fault['clause']}: {fault['message']}")
        for warning in found["warnings"]:
            print(f"warning: {warning}")
        print("; ".join(summary(name, found[name]) for name in ("hls", "dash") if found[name]) or "nothing could be read")
        print(f"{found['checks'] - len(found['faults'])} passed, {len(found['faults'])} failed")
    sys.exit(1 if found["faults"] else 0)


if __name__ == "__main__":
    main()
