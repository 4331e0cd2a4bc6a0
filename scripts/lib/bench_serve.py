#!/usr/bin/env python3
"""What the service answers in what time, side by side with nginx. Called by scripts/bench.

A library of 200 titles, each with a clip of 80 frames of 720p and one of 40, is served by sizzle, and the same segments as plain files by nginx, both on this machine
beside the client, in turns:

  segments   the same requests of shared segments to both by wrk; bytes a second, as a ratio
  latency    POST /v1/reels and playlists at a constant rate by h2load (1,000 a second): median and 99th percentile
  saturation POST /v1/reels and playlists as fast as they go by wrk
  burst      so many new viewers in one second (5,000) by h2load: errors, 99th percentile, and what is turned away
  idle       so many open connections (10,000): memory
  soak       reels, playlists and segments for some time (60 s): memory at the end against a tenth of it

Figures are medians of the rounds. nginx, wrk and h2load come from Debian: nginx, wrk, nghttp2-client.
"""

import argparse
import asyncio
import json
import os
import re
import resource
import statistics
import subprocess
import tempfile
import time
import urllib.request

from bench import ffmpeg, say

PARTS = ["segments", "latency", "saturation", "burst", "idle", "soak"]
TITLES = 200
# Requests are made before the clock runs: the client shares the machine.
RANDOM = """local paths = {%s}
local requests = {}
local n = 0
init = function() for i, path in ipairs(paths) do requests[i] = wrk.format("GET", path) end end
request = function() n = n + 1; return requests[n %% #requests + 1] end
"""
REELS = """wrk.method = "POST"
wrk.headers["Content-Type"] = "application/json"
local requests = {}
local n = 0
init = function() for i = 1, 50000 do requests[i] = wrk.format(nil, "/v1/reels", nil, '{"viewer":"v' .. i .. '"}') end end
request = function() n = n + 1; return requests[n % 50000 + 1] end
"""


def make_library(sizzle, folder, library):
    """A library whose clips are copied: what is served is the same, and it is made sooner."""
    mega = os.path.join(folder, "mega.mp4")
    frames = TITLES * 80 + 160
    say(f"bench: making {frames} frames of 1280x720")
    ffmpeg("-f", "lavfi", "-i", "testsrc2=size=1280x720:rate=24", "-f", "lavfi", "-i", "anoisesrc=color=pink:r=48000:seed=3:a=0.3",
           "-t", str(frames / 24), "-vf", "noise=alls=12:allf=t", "-pix_fmt", "yuv420p", "-c:v", "libx264", "-preset", "ultrafast", "-b:v", "6M",
           "-g", "40", "-keyint_min", "40", "-sc_threshold", "0", "-flags", "+cgop", "-c:a", "aac", mega)
    clips = [{"title": "Sizzle", "type": "opening", "start": 0, "end": 80}, {"title": "Sizzle", "type": "closing", "start": 80, "end": 160}]
    for title in range(TITLES):
        start = 160 + title * 80
        clips += [{"title": f"T{title}", "type": "80", "start": start, "end": start + 80},
                  {"title": f"T{title}", "type": "40", "start": start, "end": start + 40}]
    index, titles = os.path.join(folder, "clips.json"), os.path.join(folder, "titles.ndjson")
    with open(index, "w", encoding="utf-8") as file:
        json.dump({"frameRate": "24/1", "clips": clips}, file)
    with open(titles, "w", encoding="utf-8") as file:
        for title in range(TITLES):
            file.write(json.dumps({"id": f"T{title}", "genres": [["drama", "comedy", "crime"][title % 3]], "popularity": title % 37,
                                   "released": f"2026-{1 + title % 9:02}-01"}) + "\n")
    subprocess.run([sizzle, "ingest", mega, "--index", index, "--library", library, "--bed", "main=0-2400", "--condition", "copy", "--no-clip-sound",
                    "--quiet"], check=True, stdout=subprocess.DEVNULL, stdin=subprocess.DEVNULL)
    subprocess.run([sizzle, "titles", "import", titles, "--library", library], check=True, stdout=subprocess.DEVNULL)


class Sizzle:
    def __init__(self, sizzle, library, *options):
        self.process = subprocess.Popen([sizzle, "serve", "--library", library, "--open", "--port", "0", *options], stderr=subprocess.PIPE, text=True)
        for line in self.process.stderr:
            if found := re.search(r"listening on (\S+)", line):
                self.address = found[1]
                break

    def reel(self, viewer):
        body = json.dumps({"viewer": viewer}).encode()
        with urllib.request.urlopen(urllib.request.Request(self.address + "/v1/reels", data=body)) as answer:
            return json.load(answer)

    def get(self, path):
        with urllib.request.urlopen(self.address + path) as answer:
            return answer.read()

    def memory(self):
        with open(f"/proc/{self.process.pid}/status", encoding="ascii") as status:
            return int(re.search(r"VmRSS:\s+(\d+)", status.read())[1]) / 1024

    def stop(self):
        self.process.terminate()
        self.process.wait()


class Nginx:
    """Plain files, as a static host serves them."""

    def __init__(self, folder, port):
        self.address = f"http://127.0.0.1:{port}"
        path = os.path.join(folder, "nginx.conf")
        with open(path, "w", encoding="ascii") as file:
            # As root its workers would be somebody who may not read a private folder.
            user = "user root; " if os.geteuid() == 0 else ""
            file.write(f"{user}worker_processes 2; daemon off; pid {folder}/nginx.pid; error_log stderr crit;\n"
                       f"events {{ worker_connections 2048; }}\nhttp {{ access_log off; sendfile on; tcp_nopush on; keepalive_requests 1000000;\n"
                       f"server {{ listen 127.0.0.1:{port} reuseport; root {folder}/files; }} }}\n")
        self.process = subprocess.Popen(["nginx", "-p", folder, "-c", path], stderr=subprocess.DEVNULL)
        time.sleep(0.5)

    def stop(self):
        self.process.terminate()
        self.process.wait()


def wrk(address, script, folder, seconds, connections):
    """Requests and bytes a second, and how many failed."""
    path = os.path.join(folder, "wrk.lua")
    with open(path, "w", encoding="ascii") as file:
        file.write(script)
    text = subprocess.check_output(["wrk", "-t1", f"-c{connections}", f"-d{seconds}s", "-s", path, address], text=True)
    rate = float(re.search(r"Requests/sec:\s+([\d.]+)", text)[1])
    amount, unit = re.search(r"Transfer/sec:\s+([\d.]+)([KMG]?)B", text).groups()
    failed = sum(map(int, re.findall(r"(?:Non-2xx or 3xx responses: |connect |read |write |timeout )(\d+)", text)))
    return rate, float(amount) * {"": 1, "K": 1 << 10, "M": 1 << 20, "G": 1 << 30}[unit], failed


def h2load(folder, seconds, rate, *arguments):
    """Median and 99th percentile in milliseconds at a constant rate, of those that were answered as they should be.

    One connection asks at even distances: several would all ask at the same instant, and wait for each other.
    """
    log = os.path.join(folder, "h2load.log")
    if os.path.exists(log):
        os.remove(log)
    subprocess.run(["h2load", "--h1", "-c1", "-t1", f"--rps={rate}", f"-D{seconds}", f"--log-file={log}", *arguments], check=True,
                   stdout=subprocess.DEVNULL)
    with open(log, encoding="ascii") as file:
        rows = [line.split() for line in file]
    times = sorted(int(row[2]) / 1000 for row in rows if row[1].startswith("2"))
    return statistics.median(times), times[len(times) * 99 // 100], len(rows) - len(times)


async def idle(address, count):
    host, port = address.removeprefix("http://").split(":")
    return [await asyncio.open_connection(host, int(port)) for _ in range(count)]


def segments(server):
    reel = server.reel("v1")
    playlist = server.get(reel["hls"].replace("main.m3u8", "source.m3u8")).decode()
    return [line for line in playlist.splitlines() if line.startswith("/v1/m/")], reel


def main():
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--sizzle", required=True, help=argparse.SUPPRESS)
    parser.add_argument("--folder", required=True, help=argparse.SUPPRESS)
    parser.add_argument("--rounds", type=int, default=3)
    parser.add_argument("--seconds", type=int, default=5, help="of each measurement")
    parser.add_argument("--viewers", type=int, default=5_000)
    parser.add_argument("--idle", type=int, default=10_000)
    parser.add_argument("--soak", type=int, default=60, help="seconds")
    parser.add_argument("--only", choices=PARTS, nargs="*", default=PARTS, help="what is measured")
    parser.add_argument("--library", help="a library that was made before; it is made there if it is missing")
    given = parser.parse_args()
    _, most = resource.getrlimit(resource.RLIMIT_NOFILE)
    resource.setrlimit(resource.RLIMIT_NOFILE, (most, most))
    os.makedirs(given.folder, exist_ok=True)
    with tempfile.TemporaryDirectory(dir=given.folder) as folder:
        library = given.library or os.path.join(folder, "library")
        if not os.path.isdir(library):
            make_library(given.sizzle, folder, library)
        server = Sizzle(given.sizzle, library, "--idle-seconds", "600")
        try:
            measure(given, folder, server)
        finally:
            server.stop()


def measure_segments(given, folder, server, paths):
    total = 0
    for path in paths:
        name = os.path.join(folder, "files", path.lstrip("/"))
        os.makedirs(os.path.dirname(name), exist_ok=True)
        with open(name, "wb") as file:
            total += file.write(server.get(path))
    script = RANDOM % ",".join(f'"{path}"' for path in paths)
    nginx = Nginx(folder, 18_080)
    ratios, rates = [], []
    try:
        for _ in range(given.rounds):
            ours, theirs = wrk(server.address, script, folder, given.seconds, 16), wrk(nginx.address, script, folder, given.seconds, 16)
            ratios.append(ours[1] / theirs[1])
            rates.append((ours[1], theirs[1], ours[2] + theirs[2]))
    finally:
        nginx.stop()
    ours, theirs, failed = (statistics.median(column) for column in zip(*rates))
    print(f"segments: {len(paths)} of {total / len(paths) / 1e3:.0f} kB on average: {ours / 1e6:.0f} MB/s, nginx {theirs / 1e6:.0f} MB/s, "
          f"ratio {statistics.median(ratios):.2f} (goal 0.9), {failed:.0f} failed", flush=True)


def measure_latency(given, folder, server, playlist):
    body = os.path.join(folder, "body.json")
    with open(body, "w", encoding="ascii") as file:
        file.write('{"viewer":"v1"}')
    os.makedirs(os.path.join(folder, "files"), exist_ok=True)
    with open(os.path.join(folder, "files", "small"), "w", encoding="ascii") as file:
        file.write("alive\n")
    nginx = Nginx(folder, 18_080)
    asked = {"POST /v1/reels": ["-d", body, server.address + "/v1/reels"], "a playlist": [playlist], "/healthz": [server.address + "/healthz"],
             "nginx, a file of 6 bytes": [nginx.address + "/small"]}
    try:
        rounds = {name: [] for name in asked}
        for _ in range(given.rounds):
            for name, arguments in asked.items():
                rounds[name].append(h2load(folder, given.seconds, 1_000, *arguments))
    finally:
        nginx.stop()
    for name, results in rounds.items():
        median, late, failed = (statistics.median(column) for column in zip(*results))
        goal = "" if name.startswith(("/", "nginx")) else " (goal 1)"
        print(f"{name} at 1,000 a second: median {median:.2f} ms, 99 % within {late:.2f} ms{goal}, {failed:.0f} failed", flush=True)


def measure_saturation(given, folder, server, playlist):
    for name, text, address in (("POST /v1/reels", REELS, server.address), ("a playlist", "", playlist)):
        rounds = [wrk(address, text, folder, given.seconds, 32) for _ in range(given.rounds)]
        print(f"{name} at saturation: {statistics.median(row[0] for row in rounds):.0f} a second (goal 10,000), {sum(row[2] for row in rounds)} failed",
              flush=True)


def measure_burst(given, folder, server):
    """As many new connections as viewers, opened evenly over one second, each with one request."""
    log, body, count = os.path.join(folder, "burst.log"), os.path.join(folder, "burst.json"), given.viewers
    with open(body, "w", encoding="ascii") as file:
        file.write('{"viewer":"new"}')
    for _ in range(given.rounds):
        if os.path.exists(log):
            os.remove(log)
        subprocess.run(["h2load", "--h1", "-t1", f"-n{count}", f"-c{count}", f"-r{count}", "-d", body, f"--log-file={log}", server.address + "/v1/reels"],
                       check=True, stdout=subprocess.DEVNULL)
        with open(log, encoding="ascii") as file:
            rows = [line.split() for line in file]
        times = sorted(int(row[2]) / 1e6 for row in rows if row[1] == "201")
        shed = sum(row[1] == "503" for row in rows)
        print(f"{count} viewers in a second: {len(times)} reels, 99 % within {times[len(times) * 99 // 100]:.2f} s (goal 1), {shed} turned away with 503, "
              f"{count - len(times) - shed} errors", flush=True)


def measure_idle(given, server):
    before = server.memory()

    async def hold():
        held = await idle(server.address, given.idle)
        await asyncio.sleep(1)
        print(f"{len(held)} idle connections: {server.memory():.0f} MB (goal 300), before {before:.0f} MB", flush=True)

    asyncio.run(hold())


def measure(given, folder, server):
    paths, reel = segments(server)
    playlist = server.address + reel["hls"].replace("main.m3u8", "source.m3u8")
    if "segments" in given.only:
        measure_segments(given, folder, server, paths)
    if "latency" in given.only:
        measure_latency(given, folder, server, playlist)
    if "saturation" in given.only:
        measure_saturation(given, folder, server, playlist)
    if "burst" in given.only:
        measure_burst(given, folder, server)
    if "idle" in given.only:
        measure_idle(given, server)
    if "soak" in given.only:
        soak(given, folder, server, RANDOM % ",".join(f'"{path}"' for path in paths))


def soak(given, folder, server, script):
    """All kinds of requests for some time; memory must not grow."""
    began, samples = time.monotonic(), []
    while time.monotonic() - began < given.soak:
        wrk(server.address, REELS, folder, 2, 8)
        wrk(server.address, script, folder, 2, 8)
        samples.append(server.memory())
    early = samples[len(samples) // 10]
    print(f"soak of {given.soak} s: {early:.0f} MB after a tenth, {samples[-1]:.0f} MB at the end ({samples[-1] / early - 1:+.0%})")


if __name__ == "__main__":
    main()
