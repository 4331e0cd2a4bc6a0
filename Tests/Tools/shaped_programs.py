"""Players that are programs, for shaped_players.py: each plays an address in real time, and what it says is read with the time."""

import contextlib
import json
import os
import re
import selectors
import signal
import socket
import subprocess
import tempfile
import time

GAP = 0.3  # seconds without a picture, beyond its duration, that count as a stall


def figures(**known):
    return {"startupMs": None, "stalls": None, "stalledMs": None, "switches": None, "ended": False, "frames": None} | known


def lines(command, seconds):
    """(time since the start, line) of all that a program writes; at the end (time, its exit status), None when it took too long."""
    began = time.monotonic()
    # A session of its own, so that ending it ends whatever it started and nothing else.
    process = subprocess.Popen(command, stdin=subprocess.DEVNULL, stdout=subprocess.PIPE, stderr=subprocess.STDOUT, bufsize=0,
                               start_new_session=True)
    rest = b""
    try:
        with selectors.DefaultSelector() as selector:
            selector.register(process.stdout, selectors.EVENT_READ)
            while (left := began + seconds - time.monotonic()) > 0:
                if not selector.select(left):
                    continue
                data = process.stdout.read(65536)
                if not data:
                    break
                now = time.monotonic() - began
                *whole, rest = (rest + data).split(b"\n")
                for line in whole:
                    yield now, line.decode("utf-8", "replace")
        status = process.wait(5) if left > 0 else None
        yield time.monotonic() - began, status
    finally:
        with contextlib.suppress(ProcessLookupError):
            os.killpg(process.pid, signal.SIGKILL)
        process.wait()


class Pictures:
    """When pictures were shown: the first, and where one was late."""

    def __init__(self):
        self.first = self.last = None
        self.stalls = []

    def show(self, now):
        if self.first is None:
            self.first = now
        elif now - self.last > GAP:
            self.stalls.append(round(1000 * (now - self.last)))
        self.last = now

    def figures(self):
        return {"startupMs": None if self.first is None else round(1000 * self.first), "stalls": len(self.stalls),
                "stalledMs": sum(self.stalls)}


def gstreamer(address, seconds):
    """playbin3, with sinks that keep time and show nothing; the caps of the picture's sink tell of switches.

    gst-launch-1.0 pauses while it buffers, as a player does. The older playbin sometimes buffers for ever after a switch.
    """
    pictures, widths, frames, status, waits, errors = Pictures(), [], 0, None, 0, []
    command = ["gst-launch-1.0", "-v", "playbin3", f"uri={address}", "video-sink=fakesink name=pictures sync=true silent=false",
               "audio-sink=fakesink sync=true"]
    for now, line in lines(command, seconds):
        if not isinstance(line, str):
            status = line
        elif "pictures: last-message = chain" in line:
            pictures.show(now)
            frames += 1
        elif "pictures: last-message = preroll" in line and pictures.first is None:
            pictures.show(now)
        elif (found := re.search(r"pictures\.GstPad:sink: caps = video/.*width=\(int\)(\d+)", line)) and found[1] not in widths[-1:]:
            widths.append(found[1])
        elif "setting pipeline to PAUSED" in line and "Buffering" in line and pictures.first is not None:
            waits += 1
        elif line.startswith(("ERROR", "WARNING")):
            errors.append(line)
    return figures(**pictures.figures(), switches=max(0, len(widths) - 1), widths=widths, ended=status == 0 and not errors,
                   frames=frames, buffering=waits, messages=errors)


def ffmpeg(address, seconds):
    """Reads at the speed of time. Behind, it hurries to catch up, so of stalls it tells nothing."""
    first, total, frames, status = None, None, 0, None
    command = ["ffmpeg", "-nostdin", "-v", "error", "-re", "-i", address, "-map", "0:v:0", "-map", "0:a:0?", "-flush_packets", "1",
               "-f", "framecrc", "-"]
    for now, line in lines(command, seconds):
        if not isinstance(line, str):
            status, total = line, now
        elif line.startswith("0,"):
            first = now if first is None else first
            frames += 1
    return figures(startupMs=None if first is None else round(1000 * first), totalMs=round(1000 * total), frames=frames,
                   switches=0, ended=status == 0)


def mpv(address, seconds):
    """Plays to no screen; a filter's log counts pictures, and the player tells by its socket when it waits for its cache."""
    with tempfile.TemporaryDirectory(prefix="shaped-mpv") as folder:
        path, log = os.path.join(folder, "socket"), os.path.join(folder, "log")
        began = time.monotonic()
        process = subprocess.Popen(
            ["mpv", "--no-config", "--no-terminal", "--ytdl=no", "--hwdec=no", "--vo=null", "--ao=null", "--idle=once", f"--log-file={log}",
             "--vf=lavfi=[showinfo]", "--msg-level=ffmpeg=v", f"--input-ipc-server={path}"], stdin=subprocess.DEVNULL,
            start_new_session=True)
        try:
            found = mpv_session(process, path, address, began + seconds)
        finally:
            with contextlib.suppress(ProcessLookupError):
                os.killpg(process.pid, signal.SIGKILL)
            process.wait()
        with open(log, encoding="utf-8", errors="replace") as file:
            shown = [match[1] for line in file if (match := re.search(r"\bn: *\d+ pts:.* s:(\d+)x\d+ ", line))]
    found["frames"] = len(shown)
    found["switches"] = sum(1 for one, next_one in zip(shown, shown[1:]) if one != next_one)
    return found


def mpv_session(process, path, address, deadline):
    with socket.socket(socket.AF_UNIX) as connection:
        while time.monotonic() < deadline and process.poll() is None:
            with contextlib.suppress(OSError):
                connection.connect(path)
                break
            time.sleep(0.02)
        opened = time.monotonic()
        for command in (["observe_property", 1, "paused-for-cache"], ["loadfile", address]):
            connection.sendall(json.dumps({"command": command}).encode() + b"\n")
        first, waiting, stalls, ended = None, None, [], False
        reader = connection.makefile("rb")
        while time.monotonic() < deadline:
            connection.settimeout(max(0.1, deadline - time.monotonic()))
            try:
                line = reader.readline()
            except TimeoutError:
                break
            if not line:
                break
            event, now = json.loads(line), time.monotonic()
            if event.get("event") == "playback-restart" and first is None:
                first = now
            elif event.get("event") == "end-file":
                ended = event.get("reason") == "eof"
                break
            elif event.get("event") == "property-change" and first is not None:
                if event.get("data"):
                    waiting = now
                elif waiting is not None:
                    stalls.append(round(1000 * (now - waiting)))
                    waiting = None
    return figures(startupMs=None if first is None else round(1000 * (first - opened)), stalls=len(stalls), stalledMs=sum(stalls),
                   ended=ended)
