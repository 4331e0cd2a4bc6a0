/* Helpers that several files share: downloads, how fast they come and what is told with them, and the reader of the manifest, which is
 * one Period, a SegmentList with its SegmentTimeline for each Representation (ISO/IEC 23009-1, 5.3.9). */

const RETRIES = 3;
const TIMEOUT_MS = 20_000;
const HALF_LIFE = 2; // seconds of downloading after which a measurement counts for half

export const wait = (ms) => new Promise((done) => setTimeout(done, ms));

/** Resolves at the first of `names` on `target`; rejects when `signal` aborts, so that no loop outlives its player. */
export function nextEvent(target, names, signal) {
  signal.throwIfAborted();
  return new Promise((resolve, reject) => {
    const heard = new AbortController();
    const settle = (finish) => {
      heard.abort();
      finish();
    };
    for (const name of names) target.addEventListener(name, () => settle(resolve), { signal: heard.signal });
    signal.addEventListener('abort', () => settle(() => reject(signal.reason)), { signal: heard.signal });
  });
}

/** The bytes at `url`; a failure is tried again with growing pauses. `meter` sees them come, `progress(got, total)` too. */
export async function download(url, signal, { headers = {}, meter, progress } = {}) {
  for (let attempt = 0; ; attempt += 1) {
    meter?.begin();
    try {
      const response = await fetch(url, { headers, signal: AbortSignal.any([signal, AbortSignal.timeout(TIMEOUT_MS)]) });
      if (!response.ok) throw new Error(`${url} was answered with ${response.status}.`);
      return await bytesOf(response, meter, progress);
    } catch (error) {
      if (signal.aborted || attempt === RETRIES) throw error;
    } finally {
      meter?.end();
    }
    await wait(250 * 2 ** attempt);
  }
}

async function bytesOf(response, meter, progress) {
  const total = Number(response.headers.get('Content-Length'));
  const reader = response.body.getReader();
  const pieces = [];
  let got = 0;
  for (;;) {
    const { done, value } = await reader.read();
    if (done) return new Blob(pieces).arrayBuffer();
    pieces.push(value);
    got += value.byteLength;
    meter?.add(value.byteLength);
    progress?.(got, total);
  }
}

/** Bits per second of all downloads together: of two at a time, neither alone says what the link can do. Old ones fade. */
export class Throughput {
  ceiling = Infinity; // bits per second; the browser's cache is faster than any link, and must not be believed for long
  #bits = 0;
  #seconds = 0;
  #open = 0;
  #since = 0;

  begin() {
    if (this.#open === 0) this.#since = performance.now();
    this.#open += 1;
  }

  add(bytes) {
    const now = performance.now();
    const seconds = Math.max((now - this.#since) / 1000, (bytes * 8) / this.ceiling);
    const kept = 0.5 ** (seconds / HALF_LIFE);
    this.#bits = this.#bits * kept + bytes * 8;
    this.#seconds = this.#seconds * kept + seconds;
    this.#since = now;
  }

  end() {
    this.#open -= 1;
  }

  get estimate() {
    return this.#seconds > 0 ? this.#bits / this.#seconds : 0;
  }
}

const CMCD = {
  'CMCD-Object': ['br', 'd', 'ot'],
  'CMCD-Request': ['bl', 'mtp', 'su'],
  'CMCD-Session': ['cid', 'sf', 'sid', 'st'],
  'CMCD-Status': ['bs'],
};
const QUOTED = new Set(['cid', 'sid']);

function cmcdText(values, keys) {
  const told = keys.filter((key) => values[key] !== undefined && values[key] !== false).sort();
  return told.map((key) => {
    if (values[key] === true) return key;
    return `${key}=${QUOTED.has(key) ? JSON.stringify(values[key]) : values[key]}`;
  }).join(',');
}

/**
 * What a player tells of itself with a request (CTA-5004), as `{ url, headers }`: in headers, so that the browser's own cache knows
 * the address again; in the query for another origin, which would be asked for leave before each request with such headers.
 */
export function withCMCD(url, values) {
  if (new URL(url, location).origin !== location.origin) {
    const text = cmcdText(values, Object.values(CMCD).flat());
    return { url: `${url}${url.includes('?') ? '&' : '?'}CMCD=${encodeURIComponent(text)}`, headers: {} };
  }
  const headers = Object.entries(CMCD).map(([name, keys]) => [name, cmcdText(values, keys)]);
  return { url, headers: Object.fromEntries(headers.filter(([, text]) => text !== '')) };
}

/** A UUID also where `randomUUID` is missing: it needs a secure context, and a box in a lab has none. */
export function uuid() {
  if (crypto.randomUUID) return crypto.randomUUID();
  const bytes = crypto.getRandomValues(new Uint8Array(16));
  bytes[6] = (bytes[6] & 0x0f) | 0x40;
  bytes[8] = (bytes[8] & 0x3f) | 0x80;
  const hex = Array.from(bytes, (byte) => byte.toString(16).padStart(2, '0')).join('');
  return hex.replace(/^(.{8})(.{4})(.{4})(.{4})/, '$1-$2-$3-$4-');
}

export const two = (number) => String(Math.floor(number)).padStart(2, '0');
export const clock = (seconds) => `${two(seconds / 60)}:${two(seconds % 60)}`;
export const short = (number) => Number(number).toLocaleString('en', { maximumSignificantDigits: 4 });
export const milliseconds = (seconds) => Math.round(seconds * 1000);

export function localOffset() {
  const minutes = -new Date().getTimezoneOffset();
  return `${minutes < 0 ? '-' : '+'}${two(Math.abs(minutes) / 60)}:${two(Math.abs(minutes) % 60)}`;
}

export function make(tag, properties, ...children) {
  const node = Object.assign(document.createElement(tag), properties);
  node.append(...children);
  return node;
}

/** Writes only what changed: this runs for every frame on screen. */
export function put(node, text) {
  if (node.textContent !== text) node.textContent = text;
}

/** Seconds that `ranges` (TimeRanges) hold without a gap from `time` on, or from at most `slack` seconds later. */
export function heldFrom(ranges, time, slack = 0) {
  for (let i = 0; i < ranges.length; i += 1) {
    if (ranges.start(i) - slack <= time && time < ranges.end(i)) return ranges.end(i) - time;
  }
  return 0;
}

/** The representations of each kind, `{ video: […], audio: […] }`, the least bandwidth first. */
export function parseManifest(text) {
  const xml = new DOMParser().parseFromString(text, 'application/xml');
  const representations = [...xml.querySelectorAll('Representation')].map(parseRepresentation);
  const kinds = { video: [], audio: [] };
  for (const one of representations.sort((a, b) => a.bandwidth - b.bandwidth)) {
    const kind = one.type.split('/')[0];
    if (kind in kinds && MediaSource.isTypeSupported(one.type)) kinds[kind].push(one);
  }
  if (representations.length === 0) throw new Error('The manifest names no media.');
  if (kinds.video.length === 0) throw new Error('This browser cannot decode the picture of this reel.');
  return kinds;
}

function parseRepresentation(node) {
  const attribute = (name) => node.getAttribute(name) ?? node.parentNode.getAttribute(name);
  return {
    id: node.id,
    bandwidth: Number(attribute('bandwidth')),
    height: Number(attribute('height')),
    type: `${attribute('mimeType')}; codecs="${attribute('codecs')}"`,
    init: node.querySelector('Initialization').getAttribute('sourceURL'),
    segments: parseSegments(node.querySelector('SegmentList')),
  };
}

function parseSegments(list) {
  const timescale = Number(list.getAttribute('timescale') ?? 1);
  const times = [];
  let ticks = 0;
  for (const entry of list.querySelectorAll('S')) {
    const duration = Number(entry.getAttribute('d'));
    ticks = Number(entry.getAttribute('t') ?? ticks);
    for (let repeats = Number(entry.getAttribute('r') ?? 0); repeats >= 0; repeats -= 1) {
      times.push({ start: ticks / timescale, end: (ticks + duration) / timescale });
      ticks += duration;
    }
  }
  return Array.from(list.querySelectorAll('SegmentURL'), (node, index) => {
    return { index, url: node.getAttribute('media'), ...times[index] };
  });
}
