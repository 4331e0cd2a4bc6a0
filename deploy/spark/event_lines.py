"""Reads lines of events by the rules of `sizzle events import`.

The same lines are taken and refused, for the same reasons: Sources/Catalogue/EventRecord.swift and Delivery.swift say them in Swift.
It needs Python's own library alone, so that it runs on any machine of a cluster.
"""

import functools
import hashlib
import json
import re
import unicodedata

SLOT_BOUND = frozenset(["slot_start", "slot_complete", "skip", "click"])
TYPES = SLOT_BOUND | {"impression", "play", "rebuffer"}
DAY = 86_400_000
SPACE = b" \t\n\v\f\r"
DEEPEST = 200
INT64 = 2**63
# What an RFC 3339 date-time can say: years 0000 to 9999.
YEARS = (-62_167_219_200_000, 253_402_300_800_000)
TIME = re.compile(
    r"(\d{4})-(\d\d)-(\d\d)[Tt](\d\d):(\d\d):(\d\d)(?:\.(\d+))?(?:[Zz]|([+-])(\d\d):(\d\d))", re.ASCII)

# The fields of what `read` answers, in order, with their types in Spark's words.
FIELDS = (
    "problem STRING, unknown STRING, event_id STRING, type STRING, sent BIGINT, viewer STRING, title STRING, "
    "is_like BOOLEAN, reel STRING, edition STRING, slot BIGINT, clip STRING, at_ms BIGINT, stalled_ms BIGINT, "
    "content BINARY, cadence STRING, slots ARRAY<STRUCT<slot: BIGINT, title: STRING, clip: STRING, ms: BIGINT>>, "
    "arms ARRAY<STRUCT<experiment: STRING, arm: STRING>>")
NOTHING = (None,) * 18


class BadLine(Exception):
    """Why a line is refused."""


class Number(str):
    """A number as it was written: 1 and 1.0 are two contents, and nothing is rounded."""

    __slots__ = ()

    def __repr__(self):
        return str(self)


def _members(pairs):
    members = dict(pairs)
    if len(members) != len(pairs):
        raise BadLine("a key is there twice")
    return members


def _refuse_constant(name):
    raise BadLine(f"not JSON: {name}")


_decoder = json.JSONDecoder(
    object_pairs_hook=_members, parse_float=Number, parse_int=Number, parse_constant=_refuse_constant)


def _check_deep(value, depth=0):
    """What Python's reader takes and an import does not: lone surrogates, keys that differ in their composition alone, and depth."""
    if depth >= DEEPEST:
        raise BadLine(f"not JSON: nested more than {DEEPEST} levels deep")
    if isinstance(value, str):
        try:
            value.encode()
        except UnicodeEncodeError:
            raise BadLine("not JSON: half of a surrogate pair") from None
    elif isinstance(value, list):
        for element in value:
            _check_deep(element, depth + 1)
    elif isinstance(value, dict):
        if len({unicodedata.normalize("NFC", key) for key in value}) != len(value):
            raise BadLine("a key is there twice")
        for key, element in value.items():
            _check_deep(key)
            _check_deep(element, depth + 1)


def parse(line):
    """The object of a line, with numbers as they were written."""
    try:
        text = str(line.removeprefix(b"\xef\xbb\xbf"), "utf-8")
        value = _decoder.decode(text)
        if "\\u" in text or not text.isascii() or text.count("[") + text.count("{") >= DEEPEST:
            _check_deep(value)
    except UnicodeDecodeError:
        raise BadLine("not JSON: not UTF-8") from None
    except RecursionError:
        raise BadLine(f"not JSON: nested more than {DEEPEST} levels deep") from None
    except ValueError as error:
        raise BadLine(f"not JSON: {error}") from None
    if type(value) is not dict:
        raise BadLine("not an object")
    return value


def _canonical(value):
    """Objects as sorted pairs, which no array is equal to."""
    if type(value) is dict:
        return sorted((key, _canonical(element)) for key, element in value.items())
    return [_canonical(element) for element in value] if type(value) is list else value


def _content(event):
    """A digest that is the same for lines that say the same."""
    # Numbers stand without quotes, as they were written.
    text = repr(_canonical(event) if event["type"] == "impression" else sorted(event.items()))
    if not text.isascii():
        text = unicodedata.normalize("NFC", text)
    return hashlib.blake2b(text.encode(), digest_size=16).digest()


def _text(event, key):
    value = event.get(key)
    if type(value) is not str:
        raise BadLine(f"{key}: not a string" if key in event else f"the key '{key}' is missing")
    return value


def _name(event, key):
    text = _text(event, key)
    if not text or text.isspace():
        raise BadLine(f"{key}: it is empty or blank")
    if not text.isprintable() and any(unicodedata.category(scalar) in ("Cc", "Zl", "Zp") for scalar in text):
        raise BadLine(f"{key}: it holds a control character")
    return text


def _name_if_present(event, key):
    return None if event.get(key) is None else _name(event, key)


def _text_if_present(event, key):
    return None if event.get(key) is None else _text(event, key)


def _whole(event, key):
    """A whole number of 64 bits; one with a point or an exponent, as long as a double holds it exactly."""
    literal = event.get(key)
    if type(literal) is not Number:
        raise BadLine(f"{key}: not a whole number")
    if literal.removeprefix("-").isdigit():
        number = int(literal) if len(literal) < 21 else INT64
        if not -INT64 <= number < INT64:
            raise BadLine(f"{key}: not a whole number of 64 bits")
        return number
    number = float(literal)
    if not abs(number) <= 2**53 or number != int(number):
        raise BadLine(f"{key}: not a whole number")
    return int(number)


def _count(event, key, least):
    if event.get(key) is None:
        return None
    number = _whole(event, key)
    if number < least:
        raise BadLine(f"{key}: {number} is less than {least}")
    return number


@functools.lru_cache(maxsize=4_096)
def _days(year, month, day):
    """Days since 1970 (Howard Hinnant, days_from_civil); Python's own dates begin with year 1."""
    leap = year % 4 == 0 and (year % 100 != 0 or year % 400 == 0)
    lengths = (31, 29 if leap else 28, 31, 30, 31, 30, 31, 31, 30, 31, 30, 31)
    if not 1 <= month <= 12 or not 1 <= day <= lengths[month - 1]:
        return None
    shifted = year if month > 2 else year - 1
    era = shifted // 400
    year_of_era = shifted - era * 400
    day_of_year = (153 * (month - 3 if month > 2 else month + 9) + 2) // 5 + day - 1
    return era * 146_097 + year_of_era * 365 + year_of_era // 4 - year_of_era // 100 + day_of_year - 719_468


def milliseconds(text):
    """An RFC 3339 time as milliseconds since 1970, digits after the third cut off; None for anything else."""
    match = TIME.fullmatch(text)
    if not match:
        return None
    days = _days(int(match[1]), int(match[2]), int(match[3]))
    hour, minute, second = int(match[4]), int(match[5]), int(match[6])
    ahead_hours, ahead_minutes = int(match[9] or 0), int(match[10] or 0)
    if days is None or hour > 23 or minute > 59 or second > 59 or ahead_hours > 23 or ahead_minutes > 59:
        return None
    ahead = (ahead_hours * 60 + ahead_minutes) * (-1 if match[8] == "-" else 1)
    fraction = int((match[7] or "0")[:3].ljust(3, "0"))
    time = (((days * 24 + hour) * 60 + minute - ahead) * 60 + second) * 1_000 + fraction
    return time if YEARS[0] <= time < YEARS[1] else None


def _is_like(kind, watched, duration):
    """Whether a play shows that the viewer likes the title: at least 10 % or 5 minutes, where it says how much."""
    if kind != "play":
        return False
    if watched is None or watched >= 5 * 60_000:
        return True
    return duration is not None and watched * 10 >= duration


def _list(event, key):
    value = event.get(key)
    if value is not None and type(value) is not list:
        raise BadLine(f"{key}: not an array")
    return value


def _slot(value, number):
    if type(value) is not dict:
        raise BadLine("slots: not an object")
    if _whole(value, "slot") != number:
        raise BadLine(f"slots: not the {number}th")
    # The chance is not counted here, but what an import refuses is refused.
    propensity = value.get("propensity")
    if propensity is not None and not (type(propensity) is Number and 0 < float(propensity) <= 1):
        raise BadLine("slots: a propensity is more than 0 and at most 1")
    length = _count(value, "ms", 0)
    if length is not None and length > 86_400_000:
        raise BadLine("slots: a length is at most a day")
    return number, _name(value, "title"), _name(value, "clip"), length


def _delivery(event):
    """Cadence, slots and arms of an impression; slots are None where it says none."""
    slots, arms = _list(event, "slots"), []
    cadence = _text_if_present(event, "cadence")
    for key in ("model", "region", "tz"):
        _text_if_present(event, key)
    if event.get("maturity") is not None:
        _whole(event, "maturity")
    if any(type(language) is not str for language in _list(event, "languages") or []):
        raise BadLine("languages: not strings")
    for arm in _list(event, "arms") or []:
        if type(arm) is not str or arm.count("/") != 2 or not all(arm.split("/")):
            raise BadLine("arms: not layer/experiment/arm")
        layer, experiment, name = arm.split("/")
        arms.append((f"{layer}/{experiment}", name))
    if slots is not None:
        slots = [_slot(slot, number) for number, slot in enumerate(slots, 1)]
    return cadence, slots, arms


def _event(line):
    event = parse(line)
    kind = _text(event, "type")
    if kind not in TYPES:
        return (None, kind) + NOTHING[2:]
    version = _whole(event, "v")
    if version != 1:
        raise BadLine(f"v: events of version {version} are not known")
    is_slot_bound = kind in SLOT_BOUND
    name_of_reel = _name_if_present if kind == "play" else _name
    event_id, viewer = _name(event, "event_id"), _name(event, "viewer")
    sent = milliseconds(_text(event, "ts"))
    if sent is None:
        raise BadLine("ts: not an RFC 3339 time")
    title = (_name if is_slot_bound or kind == "play" else _name_if_present)(event, "title")
    watched, duration = _count(event, "watched_ms", 0), _count(event, "duration_ms", 0)
    stalled, at = _count(event, "stalled_ms", 0), _count(event, "at_ms", 0)
    reel, edition = name_of_reel(event, "reel"), name_of_reel(event, "edition")
    slot = _count(event, "slot", 1)
    if is_slot_bound and slot is None:
        raise BadLine("slot: not a whole number")
    _count(event, "n", 1)
    _name_if_present(event, "to")
    startup = event.get("startup")
    if startup is not None and type(startup) is not bool:
        raise BadLine("startup: not true or false")
    clip = (_name if is_slot_bound else _name_if_present)(event, "clip")
    stall = stalled if kind == "rebuffer" and not startup else None
    # The longest that counts is an hour.
    stall = None if stall is None else min(stall, 3_600_000)
    cadence, slots, arms = _delivery(event) if kind == "impression" else (None, None, None)
    return (None, None, event_id, kind, sent, viewer, title, _is_like(kind, watched, duration), reel, edition, slot, clip,
            at, stall, _content(event), cadence, slots, arms)


def read(line):
    """What a line holds, as `FIELDS`: an event, a type that is not known, or a problem. None for a blank line."""
    line = bytes(line).strip(SPACE)
    if not line:
        return None
    try:
        return _event(line)
    except BadLine as problem:
        return (str(problem).encode("utf-8", "backslashreplace").decode(),) + NOTHING[1:]
