/* What was seen, as events for the service. */

import { uuid } from '/media.js';

const FLUSH_MS = 5_000;
const QUEUE_LIMIT = 500;
const BATCH_LIMIT = 100; // some 25 kB; browsers refuse more than 64 kB with keepalive

/** Delivers events in batches, one token each; what could not be delivered is kept, the oldest dropped at the limit. */
class Outbox {
  #entries = []; // { token, event }
  #notBefore = 0;

  constructor() {
    setInterval(() => Date.now() >= this.#notBefore && this.flush(), FLUSH_MS);
  }

  add(token, event) {
    this.#entries.push({ token, event });
    this.#entries.splice(0, this.#entries.length - QUEUE_LIMIT);
  }

  /** Sends also what is under way already: ids make events idempotent, and a page that goes has no second chance. */
  flush() {
    for (const token of new Set(this.#entries.map((entry) => entry.token))) this.#send(token);
  }

  async #send(token) {
    const batch = this.#entries.filter((entry) => entry.token === token).slice(0, BATCH_LIMIT);
    try {
      const response = await fetch('/v1/events', {
        method: 'POST',
        headers: { 'Content-Type': 'application/json' },
        body: JSON.stringify({ token, events: batch.map((entry) => entry.event) }),
        keepalive: true,
      });
      if (response.status === 503) return this.#pause(response.headers.get('Retry-After'));
      // Any other refusal is final: the same batch would be refused again.
      this.#entries = this.#entries.filter((entry) => !batch.includes(entry));
    } catch {
      // No network: the next flush tries again.
    }
  }

  #pause(seconds) {
    this.#notBefore = Date.now() + 1000 * (Number(seconds) || 5);
  }
}

/** Tells what the viewer saw, in events (SEQUENCING.md, section 5). The token stands for viewer, reel and edition. */
export class Diary {
  #write;
  #visit = null; // the slot on screen, and whether nothing of it was jumped over

  constructor(outbox, token, tz) {
    const counts = new Map();
    this.#write = (type, { slot, title, type: clip }, more = {}) => {
      const n = (counts.get(`${slot}/${type}`) ?? 0) + 1;
      counts.set(`${slot}/${type}`, n);
      const ts = new Date().toISOString();
      outbox.add(token, { v: 1, event_id: uuid(), type, ts, slot, title, clip, n, tz, ...more });
    };
  }

  /** `slot` is on screen, after a jump or in the course of things; `atMs` is how far the one before it came. */
  show(slot, jumped, atMs) {
    const visit = this.#visit;
    if (visit?.slot === slot) {
      visit.whole &&= !jumped;
      return;
    }
    // Who goes back says nothing against the slot that is left.
    if (visit && jumped && slot.slot > visit.slot.slot) this.#write('skip', visit.slot, { at_ms: atMs, to: 'next' });
    if (!jumped) this.end();
    this.#visit = { slot, whole: true };
    this.#write('slot_start', slot);
  }

  /** The last frame of the slot was shown. */
  end() {
    if (this.#visit?.whole) this.#write('slot_complete', this.#visit.slot);
    this.#visit = null;
  }

  exit(atMs) {
    if (this.#visit) this.#write('skip', this.#visit.slot, { at_ms: atMs, to: 'exit' });
    this.#visit = null;
  }

  click(slot, atMs) {
    this.#write('click', slot, { at_ms: atMs });
  }

  rebuffer(slot, atMs, stalledMs) {
    this.#write('rebuffer', slot, { at_ms: atMs, stalled_ms: stalledMs, startup: false });
  }
}

/** The one outbox of the page. */
export const outbox = new Outbox();
