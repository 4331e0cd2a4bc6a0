#!/usr/bin/env python3
"""Holds a running service against its own OpenAPI document, by schemathesis.

    schema_service.py --base http://127.0.0.1:PORT --key BEARER [--examples 100] [--seed 1]

Requests are made of the document, good ones and bad ones; each answer has to be one that the document has. What only the service knows, a real token,
rendition and object, is asked of it before, and put into the document. Exit status 1 with faults; ends with `N passed, N failed`.
"""

import argparse
import json
import os
import re
import subprocess
import sys
import tempfile
import urllib.request

CONFIG = """
[parameters]
"path.token" = "{token}"
"path.rendition" = "{rendition}"

[checks]
negative_data_rejection.expected-statuses = [400, 401, 403, 404, 405, 413]
positive_data_acceptance.expected-statuses = ["2xx", "3xx", 401, 403, 404, 416, 422]

[[operations]]
include-operation-id = ["getInitSegment", "headGetInitSegment"]
parameters = {{ "path.object" = "{init}" }}

[[operations]]
include-operation-id = ["getSegment", "headGetSegment"]
parameters = {{ "path.object" = "{segment[0]}", "path.part" = {segment[1]}, "path.time" = "{segment[2]}" }}

[auth.openapi.bearerKey]
bearer = "{key}"
"""


def get(address):
    with urllib.request.urlopen(address, timeout=10) as answer:
        return answer.read().decode()


def facts(base, key):
    """A reel, and what its playlists name."""
    request = urllib.request.Request(f"{base}/v1/reels", data=b'{"viewer": "v1"}', headers={"Authorization": f"Bearer {key}"})
    with urllib.request.urlopen(request, timeout=10) as answer:
        reel = json.load(answer)
    rendition = re.search(r"^(\S+)\.m3u8$", get(base + reel["hls"]), re.M)[1]
    playlist = get(f"{base}/v1/r/{reel['token']}/{rendition}.m3u8")
    return {"token": reel["token"], "slot": reel["plan"]["slots"][0], "rendition": rendition, "key": key, "init": re.search(r"/v1/m/(\w{64})\.mp4", playlist)[1],
            "segment": re.search(r"/v1/m/(\w{64})\.(\d+)@(\S+)\.m4s", playlist).groups()}


def narrowed(document, token, slot):
    """The document, with what nobody can guess filled in: else every body is refused for its token."""
    schemas, paths = document["components"]["schemas"], document["paths"]
    schemas["EventBatch"]["properties"]["token"] = {"const": token}
    # Events are of what the reel shows.
    schemas["SlotEvent"]["properties"] |= {"slot": {"const": 1}, "title": {"const": slot["title"]}, "clip": {"const": slot["type"]}}
    for example in paths["/v1/events"]["post"]["requestBody"]["content"]["application/json"]["examples"].values():
        example["value"]["token"] = token
        for event in example["value"]["events"]:
            if "slot" in event:
                event |= {"slot": 1, "title": slot["title"], "clip": slot["type"]}
    schemas["ReelRequest"]["properties"]["cadence"] = {"enum": ["default", None]}
    paths["/v1/reels"]["post"]["responses"]["201"]["links"].pop("tell", None)
    return document


def main():
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--base", required=True)
    parser.add_argument("--key", required=True)
    parser.add_argument("--examples", type=int, default=100)
    parser.add_argument("--seed", type=int, default=1)
    given = parser.parse_args()
    known = facts(given.base, given.key)
    document = json.loads(get(f"{given.base}/v1/openapi.json"))
    with tempfile.TemporaryDirectory() as folder:
        config, description = os.path.join(folder, "schemathesis.toml"), os.path.join(folder, "openapi.json")
        with open(config, "w", encoding="utf-8") as file:
            file.write(CONFIG.format(**known))
        with open(description, "w", encoding="utf-8") as file:
            json.dump(narrowed(document, known["token"], known["slot"]), file)
        programs = os.path.dirname(sys.executable)
        subprocess.run([os.path.join(programs, "openapi-spec-validator"), description], check=True, stdout=subprocess.DEVNULL)
        result = subprocess.run(
            [os.path.join(programs, "schemathesis"), "--config-file", config, "run", description, "--url", given.base, "--checks", "all",
             "--max-examples", str(given.examples), "--seed", str(given.seed), "--no-color", "--continue-on-failure", "--request-timeout", "10"],
            stdout=subprocess.PIPE, stderr=subprocess.STDOUT, text=True, cwd=folder, check=False)
    passed, failed = (re.search(rf"(\d[\d,]*) {word}", result.stdout) for word in ("passed", "failed"))
    if result.returncode:
        print(result.stdout)
    print(f"{passed[1] if passed else 0} passed, {failed[1] if failed else 0} failed")
    sys.exit(result.returncode != 0)


main()
