/* Helpers that several files share, and the reader of the manifest: one Period, a SegmentList with its SegmentTimeline for each
 * Representation (ISO/IEC 23009-1, 5.3.9). */

const RETRIES = 3;
const TIMEOUT_MS = 20_000;

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

/** The bytes at `url`; a failure is tried again with growing pauses. */
export async function download(url, signal) {
  for (let attempt = 0; ; attempt += 1) {
    try {
      const response = await fetch(url, { signal: AbortSignal.any([signal, AbortSignal.timeout(TIMEOUT_MS)]) });
      if (!response.ok) throw new Error(`${url} was answered with ${response.status}.`);
      return await response.arrayBuffer();
    } catch (error) {
      if (signal.aborted || attempt === RETRIES) throw error;
      await wait(250 * 2 ** attempt);
    }
  }
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
