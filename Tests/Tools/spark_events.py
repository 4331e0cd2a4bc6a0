"""Seeded logs of events, with everything in them that makes counting hard; for spark_test.py."""

import json
import random
from datetime import datetime, timezone

HOUR = 3_600_000
DAY = 24 * HOUR
START = int(datetime(2026, 11, 23, tzinfo=timezone.utc).timestamp()) * 1_000
TITLES = ["A", "B", "C", "Z", "a,b", 'say "so"', " led by a space", "ends with one ", "back\\slash", "Ärger", "日本", "𝄞", "e\u0301",
          "\ue000", "#1", "'quoted'", "per%cent", "tab-less", "", "-1"]
TITLES.remove("")
EDITIONS = ["ed-1", "ed-2", "Ed, 3"]
CADENCES = [None, "short", "long, with a comma", 'the "best"', ""]
ARMS = [[], ["cadence/2026-11/now"], ["cadence/2026-11/shorter"], ["cadence/2026-11/now", "weights/w/a,b"],
        ["weights/w/b", "weights/w/first wins"]]


class Log:
    """Files of events as a service closes them: each has its name, the time at which it was received, and lines in any order."""

    def __init__(self, seed, reels, days=6):
        self.random = random.Random(seed)
        # A file each eight hours, until the last late one has come.
        self.times = [START + number * 8 * HOUR for number in range(1, days * 3 + 12)]
        self.files = {time: [] for time in self.times}
        self.days, self.number, self.shown = days, 0, []
        for reel in range(reels):
            self.reel(f"reel-{reel}")
        self.edges()
        self.repeats()
        for lines in self.files.values():
            self.random.shuffle(lines)

    def name(self, time):
        return f"events-{time}.ndjson"

    def add(self, kind, ts, file=None, **members):
        """An event, in the file that is open when it comes, or in another."""
        self.number += 1
        event = {"v": 1, "event_id": f"id-{self.number}", "type": kind, "ts": self.written(ts), **members}
        if self.chance(0.1):
            event["new_key"] = {"nested": [1, 2.50, None, {"deep": "ü"}]}
        if self.chance(0.1):
            event["n"] = 1
        if self.chance(0.05):
            event.setdefault("title", None)
        file = file or next(time for time in self.times if time >= ts + self.random.randrange(HOUR))
        self.files[file].append(self.line(event))
        return event

    def chance(self, share):
        return self.random.random() < share

    def written(self, ts):
        """One of the ways to write a time; all say the same millisecond."""
        ahead = self.random.choice([0, 0, 0, 60, -210, 840])
        second, fraction = divmod(ts + ahead * 60_000, 1_000)
        text = datetime.fromtimestamp(second, timezone.utc).strftime("%Y-%m-%dT%H:%M:%S")
        digits = f".{fraction:03d}" if fraction or self.chance(0.5) else ""
        if digits and self.chance(0.2):
            digits += "9876"
        sign, size = ("-" if ahead < 0 else "+"), abs(ahead)
        zone = f"{sign}{size // 60:02d}:{size % 60:02d}" if ahead or self.chance(0.2) else "Z"
        text += digits + zone
        return text.lower() if self.chance(0.1) else text

    def line(self, event):
        """One of the ways to write an event."""
        members = list(event.items())
        if self.chance(0.3):
            self.random.shuffle(members)
        text = json.dumps(dict(members), ensure_ascii=self.chance(0.5), separators=self.random.choice([(",", ":"), (", ", " : ")]))
        return self.random.choice(["", "", " \t"]) + text + self.random.choice(["", "", "\r", "  "])

    def reel(self, reel):
        choose = self.random
        viewer, edition = f"viewer-{choose.randrange(80)}", choose.choice(EDITIONS)
        ts = START + choose.randrange(self.days * DAY)
        count = choose.randrange(0, 6)
        slots = [{"slot": number + 1, "title": choose.choice(TITLES), "clip": choose.choice(["80", "40", "bumper"])} for number in range(count)]
        for slot in slots:
            if self.chance(0.9):
                slot |= {"ms": choose.choice([1_000, 4_000, 4_000.0]), "propensity": choose.choice([0.5, 1, 1e-3, None])}
        late = choose.choice([time for time in self.times if time > ts + 60 * HOUR]) if self.chance(0.05) else None
        common = {"viewer": viewer, "reel": reel, "edition": edition}
        if self.chance(0.9):
            self.impression(ts, common, slots, late)
        shown = slots if count else [{"slot": 1, "title": choose.choice(TITLES), "clip": "80"}]
        self.watch(ts, common, shown[:choose.randrange(len(shown) + 1)] if self.chance(0.4) else shown, late)
        for _ in range(choose.choice([0, 0, 0, 1, 2])):
            stall = {"stalled_ms": choose.randrange(3_000), "startup": self.chance(0.3)} if self.chance(0.9) else {}
            self.add("rebuffer", ts + choose.randrange(20_000), late, **common, **stall)

    def impression(self, ts, common, slots, late):
        arms = self.random.choice(ARMS)
        more = {"slots": slots, "cadence": self.random.choice(CADENCES), "arms": arms, "region": "DE", "languages": ["de"]}
        if self.chance(0.1):
            del more["slots"]
        self.add("impression", ts, late, **common, **more)
        # A second one for the same reel, of another event: the first that says slots counts.
        if self.chance(0.1):
            self.add("impression", ts + 1, late, **common | {"edition": "ed-1"}, slots=slots[:-1], cadence="second")

    def watch(self, ts, common, slots, late):
        choose = self.random
        kind = choose.choice(["whole", "whole", "mixed", "mixed", "mixed", "bot", "edge of a bot"])
        step = {"bot": choose.randrange(1, 200), "edge of a bot": 999 // max(len(slots) - 1, 1) + choose.choice([0, 1])}.get(kind, 4_000)
        for number, slot in enumerate(slots):
            at = ts + number * step
            place = common | {key: slot[key] for key in ("slot", "title", "clip")}
            if self.chance(0.02):
                place |= {"viewer": "another", "edition": "ed-2", "title": "Z", "clip": "40"}
            if self.chance(0.9) or kind != "mixed":
                self.add("slot_start", at, late, **place)
            if kind == "whole" or self.chance(0.5):
                self.add("slot_complete", at + step - 1 if kind != "bot" else at, late, **place)
            elif self.chance(0.5):
                for _ in range(choose.choice([1, 1, 2])):
                    more = {"at_ms": choose.choice([choose.randrange(4_000), 1.2e3, None])}
                    self.add("skip", at + 1, late, **place, to=choose.choice(["next", "exit"]), **more)
            if self.chance(0.2):
                self.add("click", at + choose.randrange(step), late, **place, at_ms=3)
            self.shown.append((at, place["viewer"], slot["title"]))
            if self.chance(0.3):
                self.play(at, place["viewer"], slot["title"])

    def play(self, at, viewer, title):
        """At, before and after the ends of the day in which it counts, watched for long or not."""
        after = self.random.choice([0, -1, 1, 5_000, HOUR, DAY - 1, DAY, DAY + 1, 3 * DAY])
        watched = self.random.choice([{}, {"watched_ms": 300_000}, {"watched_ms": 299_999}, {"watched_ms": 10, "duration_ms": 100},
                                      {"watched_ms": 10, "duration_ms": 101}, {"watched_ms": 0, "duration_ms": 0}])
        late = self.random.choice([time for time in self.times if time > at + after + 56 * HOUR] or [None]) if self.chance(0.1) else None
        self.add("play", at + after, late, viewer=viewer, title=title, **watched)

    def edges(self):
        """Clocks ahead, lateness to the millisecond, unknown types, two starts at one instant, ends of a day."""
        for number in range(60):
            file = self.random.choice(self.times[7:])
            offset = self.random.choice([300_000, 300_001, 299_999, 3 * HOUR, -2 * DAY, -2 * DAY - 1, -2 * DAY + 1])
            place = {"viewer": f"viewer-{number % 7}", "reel": f"edge-{number}", "edition": "ed-1", "slot": 1 + number % 2, "title": "A", "clip": "80"}
            self.add(self.random.choice(["slot_start", "slot_complete", "click"]), file + offset, file, **place)
            self.add("play", file + offset + self.random.choice([0, DAY]), file, viewer=place["viewer"], title="A")
        for number in range(20):
            place = {"viewer": "twin", "edition": "ed-1", "slot": 1, "title": "A", "clip": "80"}
            for reel in ("twin-a", "twin-b"):
                self.add("slot_start", START + DAY * (number // 2) // 4 - number % 2, reel=f"{reel}-{number}", **place)
            self.add("play", START + DAY * (number // 2) // 4 + 7, viewer="twin", title="A")
        for number in range(30):
            # Over midnight; a click that is older than the start; no delivery, and slots that disagree.
            midnight = START + DAY * (1 + number % self.days)
            reel = {"viewer": f"viewer-{number}", "reel": f"midnight-{number}", "edition": "ed-1"}
            place = reel | {"slot": 1, "title": "B", "clip": "80"}
            if number % 3:
                self.add("impression", midnight - 5, **reel, slots=[{"slot": 1, "title": "B", "clip": "80", "ms": 10}])
            self.add("click", midnight + 1, **place | {"edition": "ed-0"})
            self.add("slot_start", midnight + 2_000, **place)
            self.add("slot_complete", midnight + 2_500, **place | {"slot": 2, "edition": self.random.choice(["ed-0", "ed-2"])})
            self.add("play", midnight + number * 100, viewer=reel["viewer"], title="B")
        for _ in range(15):
            self.add(self.random.choice(["hover", "impression2", "Skip", "é"]), START, viewer=7)

    def repeats(self):
        """Retries, replays in other words, and other contents by a known id, in the same and in later files."""
        every = [(time, line) for time, lines in self.files.items() for line in lines]
        for time, line in self.random.sample(every, len(every) // 10):
            later = self.random.choice([other for other in self.times if other >= time])
            event = json.loads(line)
            if self.chance(0.3):
                event["n"], event["at_ms"] = 7, 1
            self.files[later].append(self.line(event) if self.chance(0.7) else line)
        for lines in self.files.values():
            lines.append("")


GOOD = {"v": 1, "event_id": "g", "type": "skip", "ts": "2026-11-24T20:15:03Z", "viewer": "v", "reel": "odd", "edition": "e", "slot": 1, "title": "A",
        "clip": "80"}
DELIVERED = {"v": 1, "event_id": "g", "type": "impression", "ts": "2026-11-24T20:15:03Z", "viewer": "v", "reel": "odd", "edition": "e"}


def odd_lines():
    """Lines at the border of what is taken, as bytes; whether they are, the program has to say."""
    def changed(base, **members):
        event = {key: value for key, value in (base | members).items() if value != "absent"}
        return json.dumps(event).encode()

    yield from (changed(GOOD, **{key: value}) for key in ("event_id", "viewer", "reel", "edition", "title", "clip")
                for value in ("", "  ", "\u00a0\u2003", "a\u0000", "a\u0085", "a\u2028", "a\u200d", "\u007f", 7, None, [], "absent"))
    numbers = [0, -1, 1.0, 1.5, "1", None, True, 2**63, 2**63 - 1, -(2**63), 1e15, 1e18, "absent"]
    yield from (changed(GOOD, **{key: value}) for key in ("v", "slot", "n", "at_ms", "watched_ms", "duration_ms", "stalled_ms") for value in numbers)
    times = ["2026-11-24", "2026-02-29T00:00:00Z", "2024-02-29T00:00:00Z", "2026-11-24T24:00:00Z", "2026-11-24T23:59:60Z", "2026-11-24 20:15:03Z",
             "2026-11-24T20:15:03", "2026-11-24T20:15:03.Z", "2026-11-24T20:15:03.1234567890Z", "2026-11-24t20:15:03z", "2026-11-24T20:15:03+24:00",
             "2026-11-24T20:15:03-23:59", "0000-01-01T00:00:00+00:01", "0000-01-01T00:00:00Z", "9999-12-31T23:59:59.999Z", "9999-12-31T23:59:59-00:01",
             "２026-11-24T20:15:03Z", "", 7, None]
    yield from (changed(GOOD, ts=value) for value in times)
    yield from (changed(GOOD, type=value) for value in ("hover", "", 7, None, "Skip", "absent"))
    yield from (changed(GOOD, **{key: value}) for key in ("startup", "tz", "to") for value in (True, "+01:00", "x", 1, None, ""))
    yield changed(GOOD, type="play", reel="absent", edition="absent", slot="absent", clip="absent")
    yield changed(GOOD, type="rebuffer", slot="absent", title="absent", clip="absent")
    yield changed(GOOD, type="play", title="absent")
    slots = [[{"slot": 1, "title": "A", "clip": "80"}], [{"slot": 2, "title": "A", "clip": "80"}], [{"slot": 1, "title": "", "clip": "80"}],
             [{"slot": 1, "title": "A"}], [{"slot": 1, "title": "A", "clip": "80", "ms": -1}], [{"slot": 1.0, "title": "A", "clip": "80", "ms": None}],
             [None], {}, "x", None, []]
    slots += [[{"slot": 1, "title": "A", "clip": "80", "propensity": value}] for value in (0, 1, 1.5, "1", True, 1e-300)]
    yield from (changed(DELIVERED, slots=value) for value in slots)
    yield from (changed(DELIVERED, slots=[], arms=value) for value in ([], ["a/b"], ["a/b/c"], ["a/b/c/d"], [7], "a/b/c", None))
    yield from (changed(DELIVERED, **{key: value}) for key in ("cadence", "model", "region", "tz", "maturity", "languages")
                for value in ("x", 7, None, ["de"], [1], ""))
    good = changed(GOOD)
    yield from [good + b"x", good[:-1], b"[" + good + b"]", b"7", b"null", b"{}", b"\xef\xbb\xbf" + good, b"\x0b" + good + b"\x0c", good[:-1] + b",}"]
    more = [b'"x":01', b'"x":1.', b'"x":.5', b'"x":+1', b'"x":1e', b'"x":NaN', b'"x":-Infinity', b'"x":1e999', b'"x":"\\ud800"', b'"x":"\\ud83d\\ude00"',
            b'"x":"\\udc00\\ud800"', b'"x":"\xff"', b'"x":"\xc3\xa9"', b'"x":"a\tb"', b'"x":"\\x41"', b'"x":"\\u00zz"', b'"slot":1', b'"x":1,"x":1',
            b'"x":{"a":1,"a":2}', b'"\xc3\xa9":1,"e\xcc\x81":2', b'"x":' + b"9" * 5_000, b'"x":' + b"[" * 198 + b"]" * 198, b'"x":' + b"[" * 199 + b"]" * 199,
            b'"x":' + b"[" * 199 + b"1" + b"]" * 199, b'"x":' + b"[" * 5_000 + b"]" * 5_000, b"'x':1", b'"x":1 // y', b'"x":"' + b"y" * 10_000_000 + b'"']
    yield from (good[:-1] + b"," + member + b"}" for member in more)
