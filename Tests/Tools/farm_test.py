#!/usr/bin/env python3
"""Renders a job list on real engines and looks at every reel; called by scripts/farm-test, which says what there is."""

import argparse
import glob
import json
import os
import random
import re
import shutil
import signal
import subprocess
import sys
import tempfile
import time

import yaml

from slurm import Slurm

AT = "2025-11-24T20:15:00Z"
TASKS = 8


def say(text):
    print(text, flush=True)


class Failure(Exception):
    """Something is not as it should be; its text is for people."""


class Farm:
    """The edition of the demonstration, a list of its reels, and what is done with it."""

    def __init__(self, options, work):
        self.options, self.work = options, work
        self.random = random.Random(options.seed)
        self.sizzle = options.sizzle
        self.library = os.path.join(options.folder, "library")
        self.jobs = os.path.join(work, "jobs.ndjson")
        self.hashes = None
        self.ingest()
        self.lines = self.make_list()

    def run(self, *command, check=True, **more):
        result = subprocess.run(command, stdin=subprocess.DEVNULL, capture_output=True, text=True, check=False, **more)
        if check and result.returncode:
            raise Failure(f"{' '.join(command[:6])} … ended with {result.returncode}: {result.stderr[-2000:]}{result.stdout[-2000:]}")
        return result

    def ingest(self):
        """The demonstration's edition in a small rendition, made once: thousands of its reels have to lie side by side."""
        folder = self.options.folder
        if os.path.exists(os.path.join(folder, "ready")):
            return
        say("farm-test: making the demonstration's edition (once)")
        shutil.rmtree(folder, ignore_errors=True)
        os.makedirs(folder)
        self.run(sys.executable, self.options.media, "--clips", self.options.clips, "--output", folder, "--")
        # Noise, whose frames no small rendition tells apart: an ingest refuses it there.
        with open(f"{folder}/clips.json", encoding="utf-8") as file:
            index = json.load(file)
        index["clips"] = [clip for clip in index["clips"] if clip["title"] != "signal-lost"]
        with open(f"{folder}/clips.json", "w", encoding="utf-8") as file:
            json.dump(index, file)
        self.run(self.sizzle, "ingest", f"{folder}/mega.mp4", "--index", f"{folder}/clips.json", "--bed",
                 f"main={folder}/music.wav", "--library", self.library, "--ladder", "240:1000", "--quiet")
        self.run(self.sizzle, "titles", "import", f"{folder}/titles.json", "--library", self.library)
        self.run(self.sizzle, "events", "import", f"{folder}/events.ndjson", "--library", self.library)
        with open(os.path.join(folder, "ready"), "w", encoding="utf-8"):
            pass

    def make_list(self):
        """Plans by chance, each twentieth a repeat of an earlier one, each twentieth a viewer's."""
        with open(f"{self.options.folder}/clips.json", encoding="utf-8") as file:
            clips = json.load(file)["clips"]
        by_type = {kind: [clip["title"] for clip in clips if clip["type"] == kind] for kind in ("80", "40")}
        fixed = [(clip["title"], clip["type"]) for clip in clips if clip["type"] not in by_type]
        lines = []
        for number in range(self.options.reels):
            line = {"output": f"{number // 500}/reel-{number:05}.mp4"}
            if number % 20 == 18:
                line["slots"] = lines[self.random.randrange(0, number, 20)]["slots"]
            elif number % 20 == 19:
                line.update(viewer=f"viewer-{number // 20 % 30}", cadence="default")
            else:
                slots = [(title, "80") for title in self.random.sample(by_type["80"], 4)]
                slots += [(title, "40") for title in self.random.sample(by_type["40"], 6)]
                slots = fixed[:1] + slots + fixed[1:2]
                line["slots"] = [{"title": title, "type": kind} for title, kind in slots]
            lines.append(line)
        with open(self.jobs, "w", encoding="utf-8") as file:
            file.writelines(json.dumps(line) + "\n" for line in lines)
        return lines

    def arguments(self, output):
        return ["--jobs", self.jobs, "--output-dir", output, "--library", self.library]

    def merge(self, output):
        self.run(self.sizzle, "farm", "merge", *self.arguments(output), "--quiet")

    def check(self, output, verify):
        """Everything that can be said of the reels by programs that are not ours; and some of them decoded."""
        with open(f"{output}/manifest.ndjson", encoding="utf-8") as file:
            entries = [json.loads(line) for line in file]
        if [entry["path"] for entry in entries] != [line["output"] for line in self.lines]:
            raise Failure(f"{output}/manifest.ndjson: has not the list's names in the list's order")
        files = sorted(os.path.relpath(path, output) for path in glob.glob(f"{glob.escape(output)}/*/*", include_hidden=True)
                       if not path.startswith(f"{output}/shards/"))
        if files != sorted(line["output"] for line in self.lines):
            raise Failure(f"{output}: holds other files than the list names")
        for entry in entries:
            if os.path.getsize(f"{output}/{entry['path']}") != entry["bytes"]:
                raise Failure(f"{output}/{entry['path']}: has not the bytes that the manifest says")
        sums = "".join(f"{entry['sha256']}  {entry['path']}\n" for entry in entries)
        with open(f"{output}/SHA256SUMS", encoding="utf-8") as file:
            if file.read() != sums:
                raise Failure(f"{output}/SHA256SUMS: is not what the manifest says")
        self.run("sha256sum", "--check", "--quiet", "--strict", "SHA256SUMS", cwd=output)
        hashes = [entry["sha256"] for entry in entries]
        if self.hashes and hashes != self.hashes:
            raise Failure(f"{output}: the reels differ from those of another engine")
        self.hashes = hashes
        planned = [number for number, line in enumerate(self.lines) if "slots" in line]
        chosen = self.random.sample(planned, min(verify, len(planned)))
        for number in chosen:
            plan = os.path.join(self.work, "plan.json")
            with open(plan, "w", encoding="utf-8") as file:
                json.dump({"edition": entries[number]["edition"], "slots": self.lines[number]["slots"]}, file)
            self.run(self.sizzle, "verify", f"{output}/{entries[number]['path']}", "--plan", plan, "--library", self.library, "--quiet")
        inodes = len({os.stat(f"{output}/{entry['path']}").st_ino for entry in entries})
        if inodes != len(set(hashes)):
            raise Failure(f"{output}: {len(set(hashes))} different reels lie in {inodes} files")
        if not self.options.keep:
            shutil.rmtree(output)
        say(f"farm-test: {len(entries)} reels, {inodes} files, {len(chosen)} decoded and compared")


def processes(job, task):
    """The numbers of a Slurm task's processes: the script and what it started."""
    found = []
    for path in glob.glob("/proc/[0-9]*/environ"):
        try:
            with open(path, "rb") as file:
                environment = dict(part.split(b"=", 1) for part in file.read().split(b"\0") if b"=" in part)
        except OSError:
            continue
        if environment.get(b"SLURM_ARRAY_JOB_ID") == job.encode() and environment.get(b"SLURM_ARRAY_TASK_ID") == str(task).encode():
            found.append(int(path.split("/")[2]))
    return found


def slurm(farm):
    """An array of which tasks are killed -9 at random instants, and requeued."""
    output = os.path.join(farm.work, "slurm")
    folder = tempfile.mkdtemp(prefix="sizzle-slurm-")
    try:
        with Slurm(folder, os.cpu_count()) as cluster:
            report = json.loads(farm.run(
                farm.sizzle, "farm", "submit", "--engine", "slurm", *farm.arguments(output), "--tasks", str(TASKS), "--at", AT,
                "--json", env=cluster.environment).stdout)
            job, killed, deadline = report["id"], set(), time.time() + farm.options.timeout
            while time.time() < deadline:
                time.sleep(farm.random.uniform(0.05, 0.5))
                states = cluster.states(job)
                running = [task for task, state in states.items() if state == "RUNNING" and task not in killed]
                if len(killed) < farm.options.kills and running:
                    task = farm.random.choice(running)
                    numbers = processes(job, task)
                    # Its program has to have begun, or nothing is lost.
                    if len(numbers) > 1 and glob.glob(f"{output}/shards/{task}-of-{TASKS}.ndjson"):
                        time.sleep(farm.random.uniform(0, 0.3))
                        for number in numbers:
                            try:
                                os.kill(number, signal.SIGKILL)
                            except ProcessLookupError:
                                pass
                        killed.add(task)
                        requeue(cluster, job, task)
                        continue
                if len(states) == TASKS and all(state == "COMPLETED" for state in states.values()):
                    if not cluster.run("squeue", "--noheader").strip():
                        break
                bad = {state for state in states.values()} & {"TIMEOUT", "OUT_OF_MEMORY", "CANCELLED", "NODE_FAIL"}
                if bad or {task for task, state in states.items() if state == "FAILED"}:
                    raise Failure(f"tasks ended as {states}; see {output}/shards")
            else:
                raise Failure(f"the array is not done after {farm.options.timeout} s: {cluster.states(job)}")
            restarts = re.findall(r"Restarts=(\d+)", cluster.run("scontrol", "show", "job", job))
            if len(killed) != farm.options.kills or sum(int(count) > 0 for count in restarts) != len(killed):
                raise Failure(f"killed {sorted(killed)}, but restarts are {restarts}")
            status = farm.run(farm.sizzle, "farm", "status", *farm.arguments(output), "--json", "--quiet", env=cluster.environment)
            status = json.loads(status.stdout)
            if (status["complete"], status["isMerged"]) != (len(farm.lines), True):
                raise Failure(f"farm status says {status}")
            say(f"farm-test: Slurm ran {TASKS} tasks; killed and requeued: {sorted(killed)}")
        farm.check(output, farm.options.verify)
    finally:
        if farm.options.keep:
            shutil.copytree(folder, os.path.join(farm.work, "slurm-logs"), ignore=lambda *_: ["munge", "socket"])
        shutil.rmtree(folder, ignore_errors=True)


def requeue(cluster, job, task):
    """Waits until Slurm has seen the death, and puts the task back into the queue."""
    for _ in range(200):
        if cluster.states(job).get(task) == "FAILED":
            break
        time.sleep(0.05)
    cluster.run("scontrol", "requeue", f"{job}_{task}")


def openjd(farm):
    """The template, by Open Job Description's own program, in chunks of several shares."""
    output = os.path.join(farm.work, "openjd")
    farm.run(farm.sizzle, "farm", "submit", "--engine", "openjd", *farm.arguments(output), "--tasks", str(TASKS), "--at", AT,
             "--write-only")
    program = os.path.join(os.path.dirname(sys.executable), "openjd")
    template = f"{output}/shards/openjd.yaml"
    farm.run(program, "check", template, "--extensions", "TASK_CHUNKING")
    result = farm.run(program, "run", template, "--step", "Merge", "--run-dependencies", "--extensions", "TASK_CHUNKING",
                      "--job-param", f"file://{output}/shards/openjd-parameters.json", "--job-param", "ShardsPerChunk=3")
    progress = re.findall(r"openjd_progress: (\d+)|Progress: ([\d.]+)", result.stdout)
    if "100" not in {first or second.split(".")[0] for first, second in progress}:
        raise Failure(f"the session heard of no progress: {result.stdout[-2000:]}")
    say(f"farm-test: openjd ran the template; it heard of progress {len(progress)} times")
    farm.check(output, farm.options.verify // 10)


def kubernetes(farm):
    """The manifest against its schema, and what its pods run, one after another."""
    import kubernetes_validate
    output = os.path.join(farm.work, "kubernetes")
    farm.run(farm.sizzle, "farm", "submit", "--engine", "kubernetes", *farm.arguments(output), "--tasks", str(TASKS), "--at", AT,
             "--mount", "/", "--write-only")
    with open(f"{output}/shards/kubernetes.yaml", encoding="utf-8") as file:
        manifest = yaml.safe_load(file)
    kubernetes_validate.validate(manifest, farm.options.kubernetes, strict=True)
    spoiled = json.loads(json.dumps(manifest))
    spoiled["spec"]["podFailurePolicy"]["rules"][1]["onExitCodes"]["values"] = ["sixty-four"]
    try:
        kubernetes_validate.validate(spoiled, farm.options.kubernetes, strict=True)
    except kubernetes_validate.ValidationError:
        pass
    else:
        raise Failure("the schema takes a manifest that is wrong")
    container = manifest["spec"]["template"]["spec"]["containers"][0]
    environment = {variable["name"]: variable["value"] for variable in container["env"]}
    for index in range(manifest["spec"]["completions"]):
        # As the kubelet would: the image's entry point, the arguments, the variables, and the index.
        farm.run(farm.sizzle, *container["args"], "--quiet",
                 env={"PATH": os.environ["PATH"], **environment, "JOB_COMPLETION_INDEX": str(index)})
    farm.merge(output)
    say(f"farm-test: the Kubernetes manifest has its schema's form, and its {TASKS} pods' command made all")
    farm.check(output, farm.options.verify // 10)


def main():
    parser = argparse.ArgumentParser()
    for name in ("sizzle", "media", "clips", "folder"):
        parser.add_argument(f"--{name}", required=True)
    parser.add_argument("--reels", type=int, default=2000)
    parser.add_argument("--kills", type=int, default=2)
    parser.add_argument("--verify", type=int, default=100)
    parser.add_argument("--only", action="append", choices=["slurm", "openjd", "kubernetes"])
    parser.add_argument("--seed", type=int, default=1)
    parser.add_argument("--keep")
    parser.add_argument("--timeout", type=int, default=1200)
    parser.add_argument("--kubernetes", default="1.37.0", help="the version whose schema is taken")
    options = parser.parse_args()
    work = options.keep or tempfile.mkdtemp(prefix="sizzle-farm-", dir=os.path.dirname(options.folder))
    os.makedirs(work, exist_ok=True)
    passed = failed = 0
    try:
        farm = Farm(options, os.path.abspath(work))
        for name, engine in (("slurm", slurm), ("openjd", openjd), ("kubernetes", kubernetes)):
            if options.only and name not in options.only:
                continue
            if name == "slurm" and os.geteuid():
                say("farm-test: skipped slurm: it needs root")
                continue
            started = time.time()
            try:
                engine(farm)
                passed += 1
                say(f"farm-test: {name}: passed after {time.time() - started:.0f} s")
            except (Failure, RuntimeError) as error:
                failed += 1
                say(f"farm-test: {name}: failed: {error}")
    finally:
        if not options.keep:
            shutil.rmtree(work, ignore_errors=True)
    say(f"{passed} passed, {failed} failed")
    sys.exit(1 if failed else 0)


if __name__ == "__main__":
    main()
