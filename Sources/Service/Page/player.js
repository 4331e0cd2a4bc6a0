/* The player: Media Source Extensions where there are any, else the browser's own HLS. */

import { download, heldFrom, milliseconds, nextEvent, parseManifest, uuid, withCMCD } from '/media.js';

const KEEP_BEHIND = 30; // seconds of played media that stay for a quick step back
const BUFFER_AHEAD = 15; // seconds; a reel is short, more would only be thrown away by an early exit
const LEAST_AHEAD = 4; // seconds; where the browser's quota is smaller than BUFFER_AHEAD
const SAFETY = 0.8; // the share of the measured throughput that a representation may use
const PATIENCE = 0.5; // seconds; a wait after a start or a seek for which a better picture is worth it
const ENOUGH = 4; // times the best representation; whether a link is faster than that changes nothing

/** Keeps one SourceBuffer filled from the playhead on. `player` gives the playhead, the goals and the end of it all. */
class Track {
  switches = 0;
  #player;
  #representations;
  #throughput;
  #buffer;
  #loaded = null; // the representation whose init segment was appended last
  #appended = []; // by segment, the representation it came from
  #pending = null; // the download under way: { index, abort }
  #late = null; // the download that was given up because it came too slowly: { index, representation }
  #unfilled = null; // the segment that was appended and could not be found in the buffer

  constructor(player, source, representations, throughput) {
    this.#player = player;
    this.#representations = representations;
    this.#throughput = throughput;
    this.#buffer = source.addSourceBuffer(representations[0].type);
  }

  /** The segments' times are the same in each representation. */
  get #segments() {
    return this.#representations[0].segments;
  }

  get end() {
    return this.#segments.at(-1).end;
  }

  /** Seconds ready to play from the playhead on. */
  get held() {
    return heldFrom(this.#buffer.buffered, this.#player.now, 0.1);
  }

  get busy() {
    return this.#pending !== null || this.#buffer.updating;
  }

  /** Whether all from the playhead to the end is in the buffer. */
  get complete() {
    return this.#missing(Infinity) === undefined;
  }

  representationAt(time) {
    const index = this.#segments.findIndex((segment) => time < segment.end);
    return this.#appended.at(index) ?? null;
  }

  async run() {
    for (;;) {
      const segment = this.#missing(this.#player.goalOf(this));
      if (segment) {
        await this.#load(segment);
      } else {
        this.#player.endIfComplete();
        await this.#player.moved();
      }
    }
  }

  /** After a seek: gives up a download that is no longer the most urgent. */
  reconsider() {
    if (this.#pending && this.#missing(this.#player.goalOf(this))?.index !== this.#pending.index) this.#pending.abort();
  }

  #missing(goal) {
    const now = this.#player.now;
    return this.#segments.find((segment) => segment.end > now && segment.start < now + goal && !this.#holds(segment));
  }

  /** Ranges begin and end a few ticks beside the timeline (reorder delay, AAC frames), hence the margin. */
  #holds({ start, end }) {
    const margin = Math.min(0.05, (end - start) / 4);
    return start + margin + heldFrom(this.#buffer.buffered, start + margin) >= end - margin;
  }

  /** The best that the link can carry and that comes before the playhead is there. */
  #choose(segment) {
    const fixed = this.#representations.find((one) => one.id === this.#player.quality);
    if (fixed) return fixed;
    const budget = this.#throughput.estimate * SAFETY;
    const limit = this.#late?.index === segment.index ? this.#late.representation.bandwidth : Infinity;
    const fits = ({ bandwidth }) => {
      const seconds = (bandwidth * (segment.end - segment.start)) / budget;
      return bandwidth <= budget && bandwidth < limit && seconds <= this.#timeFor(segment);
    };
    return this.#representations.findLast(fits) ?? this.#representations[0];
  }

  /** Seconds that a segment may take to come. */
  #timeFor(segment) {
    return Math.max(PATIENCE, segment.start - this.#player.now);
  }

  /** Whether the rest of a download comes too late, and all of the least representation would come sooner. */
  #isHopeless(segment, representation, seconds, got, total) {
    const least = this.#representations[0];
    const chosen = representation.id === this.#player.quality;
    if (chosen || representation === least || seconds < PATIENCE || !(total > got)) return false;
    // Where the link has just become slower, this download knows it before the mean does; it may also know less, sharing the link.
    const rate = Math.min(this.#throughput.estimate, (got * 8) / seconds);
    const rest = ((total - got) * 8) / rate;
    const instead = (least.bandwidth * (segment.end - segment.start)) / rate;
    return rest > this.#timeFor(segment) && instead < rest / 2;
  }

  async #load(segment) {
    const representation = this.#choose(segment);
    const media = await this.#fetch(representation, segment);
    if (!media) return;
    if (media.init) await this.#enter(representation, media.init);
    await this.#append(media.bytes);
    this.#appended[segment.index] = representation;
    await this.#remove(0, this.#player.now - KEEP_BEHIND);
    this.#insist(segment);
  }

  /** The segment, with the init segment where it changes; null when a seek made it pointless, or a slow link hopeless. */
  async #fetch(representation, segment) {
    const aborter = new AbortController();
    const signal = AbortSignal.any([this.#player.signal, aborter.signal]);
    const began = performance.now();
    const progress = (got, total) => {
      if (!this.#isHopeless(segment, representation, (performance.now() - began) / 1000, got, total)) return;
      this.#late = { index: segment.index, representation };
      aborter.abort();
    };
    this.#pending = { index: segment.index, abort: () => aborter.abort() };
    try {
      const [init, bytes] = await Promise.all([
        representation === this.#loaded ? null : this.#download(representation.init, signal, { ot: 'i', ...this.#player.session }),
        this.#download(representation.segments[segment.index].url, signal, this.#facts(representation, segment), progress),
      ]);
      return { init, bytes };
    } catch (error) {
      if (this.#player.signal.aborted || !aborter.signal.aborted) throw error;
      return null;
    } finally {
      this.#pending = null;
    }
  }

  #download(address, signal, facts, progress) {
    const { url, headers } = withCMCD(address, facts);
    return download(url, signal, { headers, meter: this.#throughput, progress });
  }

  /** What CMCD tells of a segment: kilobits a second, milliseconds, rounded as CTA-5004 wants them. */
  #facts({ bandwidth, type }, { start, end }) {
    return {
      bl: Math.round(this.held * 10) * 100,
      br: Math.round(bandwidth / 1000),
      d: milliseconds(end - start),
      ot: type.charAt(0),
      su: this.#player.urgent,
      ...this.#player.facts(),
    };
  }

  async #enter(representation, init) {
    if (this.#loaded) this.switches += 1;
    if (this.#loaded && this.#loaded.type !== representation.type) this.#buffer.changeType(representation.type);
    await this.#append(init);
    this.#loaded = representation;
  }

  /** When the quota is spent, makes room, asks for less from now on, and waits for the playhead if there is none. */
  async #append(bytes) {
    for (;;) {
      try {
        return await this.#update(() => this.#buffer.appendBuffer(bytes));
      } catch (error) {
        if (error.name !== 'QuotaExceededError') throw error;
        this.#player.wantLess();
        const room = await this.#remove(0, this.#player.now - 1);
        const more = await this.#remove(this.#player.now + this.#player.goalOf(this), Infinity);
        if (!room && !more) await this.#player.moved();
      }
    }
  }

  /** Says whether there was something to remove. */
  async #remove(from, to) {
    const { buffered } = this.#buffer;
    const some = buffered.length > 0 && buffered.start(0) < to && buffered.end(buffered.length - 1) > from && from < to;
    if (some) await this.#update(() => this.#buffer.remove(from, to));
    return some;
  }

  async #update(operation) {
    operation();
    await nextEvent(this.#buffer, ['updateend'], this.#player.signal);
  }

  /** A segment that does not fill its place would be fetched for ever: once may be an eviction, twice is a fault. */
  #insist(segment) {
    const unfilled = this.#holds(segment) ? null : segment.index;
    if (unfilled !== null && unfilled === this.#unfilled) throw new Error(`Segment ${unfilled + 1} leaves a gap.`);
    this.#unfilled = unfilled;
  }
}

/** Plays DASH by Media Source Extensions: `ready()` once the ladder is known, `fail(error)` at most once. */
class MediaSourcePlayer {
  goal = BUFFER_AHEAD;
  quality = 'auto'; // or the id of a representation of the picture
  representations = [];
  #video;
  #source = new MediaSource();
  #life = new AbortController();
  #tracks = [];
  #session; // for CMCD
  #starved = false; // since the last request
  #throughput;

  constructor(video, reel, throughput, ready, fail) {
    this.#video = video;
    this.#session = { cid: reel.reel, sid: uuid(), sf: 'd', st: 'v' };
    this.#throughput = throughput;
    video.src = URL.createObjectURL(this.#source);
    const reconsider = () => this.#tracks.forEach((track) => track.reconsider());
    video.addEventListener('seeking', reconsider, { signal: this.signal });
    this.#run(reel.dash, ready).catch((error) => this.signal.aborted || fail(error));
  }

  get now() {
    return this.#video.currentTime;
  }

  get signal() {
    return this.#life.signal;
  }

  get switches() {
    return this.#tracks[0]?.switches ?? 0;
  }

  get representation() {
    return this.#tracks[0]?.representationAt(this.now) ?? null;
  }

  /** Whether the viewer waits. */
  get urgent() {
    return this.#video.readyState < HTMLMediaElement.HAVE_FUTURE_DATA;
  }

  /** Sound that runs far ahead of the picture takes from the picture what it needs on a slow link. */
  goalOf(track) {
    const [picture] = this.#tracks;
    return track === picture ? this.goal : Math.min(this.goal, picture.held + LEAST_AHEAD);
  }

  /** What CMCD tells of this visit. */
  get session() {
    return this.#session;
  }

  /** What CMCD tells of the player, with a segment: that it starved is told once. */
  facts() {
    const bs = this.#starved;
    this.#starved = false;
    return { ...this.#session, bs, mtp: Math.round(this.#throughput.estimate / 100_000) * 100 || undefined };
  }

  /** The buffer ran empty. */
  noteStall() {
    this.#starved = true;
  }

  moved() {
    return nextEvent(this.#video, ['timeupdate', 'seeking'], this.signal);
  }

  wantLess() {
    this.goal = Math.max(LEAST_AHEAD, this.goal * 0.75);
  }

  endIfComplete() {
    const done = this.#tracks.every((track) => track.complete && !track.busy);
    if (done && this.#source.readyState === 'open') this.#source.endOfStream();
  }

  close() {
    this.#life.abort();
    URL.revokeObjectURL(this.#video.src);
  }

  async #run(url, ready) {
    const opened = nextEvent(this.#source, ['sourceopen'], this.signal);
    const [manifest] = await Promise.all([download(url, this.signal), opened]);
    const { video, audio } = parseManifest(new TextDecoder().decode(manifest));
    this.representations = video;
    this.#throughput.ceiling = ENOUGH * video.at(-1).bandwidth;
    this.#tracks = [video, audio].filter((kind) => kind.length > 0)
      .map((kind) => new Track(this, this.#source, kind, this.#throughput));
    this.#source.duration = this.#tracks[0].end;
    ready();
    await Promise.all(this.#tracks.map((track) => track.run()));
  }
}

/** The browser's own HLS, with the same face; it chooses the rendition and does not tell which. */
class NativePlayer {
  quality = 'auto';
  representations = [];
  representation = { id: 'native' };
  switches = 0;

  constructor(video, reel) {
    video.src = reel.hls;
  }

  noteStall() {}

  close() {}
}

export function openPlayer(video, reel, throughput, ready, fail) {
  const forced = new URLSearchParams(location.search).get('native') === '1';
  const native = video.canPlayType('application/vnd.apple.mpegurl') !== '';
  if (globalThis.MediaSource && !forced) return new MediaSourcePlayer(video, reel, throughput, ready, fail);
  if (native || forced) return new NativePlayer(video, reel);
  throw new Error('This browser has neither Media Source Extensions nor HLS.');
}
