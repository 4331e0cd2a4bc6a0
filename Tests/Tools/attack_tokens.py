"""The group `tokens` of attack_service.py: forged tokens, in a playlist's address and with events."""

import base64
import hashlib
import hmac
import random
import struct
import urllib.parse

ALPHABET = "ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789-_"
PRINTABLE = "".join(map(chr, range(33, 127)))
MESS = [" ", "\t", "\n", "\r\n", "\0", "%00", "%20", "%0d%0aX-Injected:%201", ".", "..", ";v=1", ",", "\ufeff", "\u200b",
        "=", "==", "===", "%3D"]
# Some of these are equal to letters and digits for those who compare text by its meaning.
OTHERS = [*ALPHABET, *"+/.~$!*'():;=,@&", "\u212a", "\uff21", "\u0661", "e\u0301"]


def encoded(data):
    return base64.urlsafe_b64encode(data).decode().rstrip("=")


def respelled(r, token):
    """Other characters: changed, moved, escaped, lost and added ones."""
    i, j = sorted(r.sample(range(1, len(token)), 2))
    code = r.choice(["%{:02X}", "%{:02x}", "%25{:02X}", "%u00{:02X}"]).format(ord(token[i]))
    more, mess = "".join(r.choices(ALPHABET, k=r.choice([1, 2, 3, 4, 43, 2_000]))), r.choice(MESS)
    replaced = [token[:i] + other + token[i + 1:] for other in (r.choice(OTHERS), r.choice(OTHERS), code, token[i].swapcase())]
    swapped = token[:i] + token[j] + token[i + 1:j] + token[i] + token[j + 1:]
    recased = [token.lower(), token.upper(), token.swapcase()]
    # The last character but some of its bits, which stand for nothing where the length is not a multiple of 4.
    spare = token[:-1] + ALPHABET[ALPHABET.index(token[-1]) ^ r.randrange(1, 16 if len(token) % 4 == 2 else 4)]
    return r.choice([*replaced, *recased, swapped, spare, token[:i], token[i:], token + more, more + token,
                     token[:i] + more + token[i:], token + token, token + "." + token, token + mess, mess + token,
                     token.translate({45: 43, 95: 47}) + mess])


def resigned(r, token):
    """Other bytes: flipped bits, keys that somebody might try, and the padding of a hash and more at the end."""
    data = bytearray(base64.urlsafe_b64decode(token + "=" * (-len(token) % 4)))
    body, signature = data[:-32], bytes(data[-32:])
    for _ in range(r.choice([1, 1, 2, 8])):
        data[r.randrange(len(data))] ^= 1 << r.randrange(8)
    if r.random() < 0.7:
        body[r.choice([0, 1, 18, 20, 30, len(body) - 1])] ^= r.randrange(1, 256)
    forged = [hmac.digest(key, body, "sha256") for key in (r.randbytes(32), bytes(32), b"", signature)]
    forged += [hashlib.sha256(body).digest(), bytes(32), b"", signature[::-1]]
    length, more = r.choice([0, 16, 32, 64, 96]) + len(body), r.randbytes(r.randrange(1, 40))
    extended = body + b"\x80" + bytes((55 - length) % 64) + struct.pack(">Q", length * 8) + more + signature
    return encoded(r.choice([data, data, *(body + signature for signature in forged), extended, extended]))


def tokens(target, options, group):
    group.expect(target.ask("GET", target.reel["hls"]), {200}, "the token itself")
    group.expect(target.send_events([]), {202}, "no events with the token itself")
    r = random.Random(options.seed)
    forged = {target.token[:-1] + c for c in ALPHABET}
    forged |= {r.choice([respelled, resigned])(r, target.token) for _ in range(options.mutations)}
    for token in sorted(forged - {target.token}):
        # With these it is another route; what cannot stand in a request line is escaped.
        elsewhere = {403, 404} if set(token) & set("/?#") else {403}
        path = f"/v1/r/{urllib.parse.quote(token, safe=PRINTABLE)}/{r.choice(target.playlists)}"
        for statuses, answer, sent in [(elsewhere, target.ask("GET", path), path),
                                       ({403}, target.send_events([], token), f"events with the token {token}")]:
            group.expect(answer, statuses, sent)
            group.check(answer.body or not answer.status, sent, "no problem in words")
