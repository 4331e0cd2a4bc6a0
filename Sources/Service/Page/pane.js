/* One viewer's reel: its player, its line-up and its diary. */

import { Throughput, clock, heldFrom, make, milliseconds, put } from '/media.js';
import { openPlayer } from '/player.js';
import { Diary, outbox } from '/events.js';
import { frameRate, markSlot, megabits, reasonsFor, showPictures, showPlan } from '/views.js';

async function requestReel(request, key, signal) {
  const headers = { 'Content-Type': 'application/json' };
  if (key) headers.Authorization = `Bearer ${key}`;
  const options = { method: 'POST', headers, body: JSON.stringify(request), signal };
  const response = await fetch('/v1/reels', options).catch((error) => {
    throw signal.aborted ? error : new Error('The service cannot be reached.');
  });
  const answer = await response.json().catch(() => ({}));
  if (response.ok) return answer;
  const title = answer.title ?? `The service answered with status ${response.status}`;
  throw new Error(answer.detail ? `${title}: ${answer.detail}` : title);
}

/** One viewer's reel: its player, its controls and its reasons. */
export class Pane {
  #root;
  #video;
  #problem = make('p', {});
  #outbox;
  #throughput = new Throughput(); // outlives a reel, so that the next one starts at the right quality
  #life = new AbortController(); // of the reel that plays
  #reel = null;
  #rate = 0;
  #player = null;
  #diary = null;

  #state = 'idle';
  #began = 0;
  #startupMs = null;
  #stalls = 0;
  #stalledSince = null;
  #stalledMs = 0; // of stalls that are over
  #slot = null;
  #atMs = 0; // how far into the slot
  #jumped = false; // a seek that no frame has followed yet

  commands = {
    previous: () => this.#step(-1),
    next: () => this.#step(1),
    toggle: () => (this.#video.paused ? this.#start() : this.#video.pause()),
    mute: () => (this.#video.muted = !this.#video.muted),
    fullscreen: () => this.#toggleFullscreen(),
    want: () => this.#want(),
  };

  constructor(template, outbox, problems, muted) {
    this.#root = template.content.firstElementChild.cloneNode(true);
    this.#video = this.#part('video');
    this.#video.muted = muted;
    this.#outbox = outbox;
    problems.append(this.#problem);
    this.#listen();
    this.#showControls();
    this.#showQualities();
  }

  get root() {
    return this.#root;
  }

  get state() {
    return this.#state;
  }

  get startupMs() {
    return this.#startupMs;
  }

  get stalls() {
    return this.#stalls;
  }

  get stalledMs() {
    return Math.round(this.#stalledMs + (this.#stalledSince === null ? 0 : performance.now() - this.#stalledSince));
  }

  get switches() {
    return this.#player?.switches ?? 0;
  }

  get representation() {
    return this.#player?.representation?.id ?? null;
  }

  get slot() {
    return this.#slot?.slot ?? null;
  }

  get buffered() {
    return heldFrom(this.#video.buffered, this.#video.currentTime, 0.1);
  }

  async play(request, key) {
    this.#stop();
    this.#life = new AbortController();
    const { signal } = this.#life;
    this.#state = 'loading';
    this.#began = performance.now();
    this.#part('h2').textContent = request.viewer;
    this.#announce('Asking for a reel…');
    try {
      this.#open(await requestReel(request, key, signal), request.tz);
    } catch (error) {
      if (!signal.aborted) this.#fail(error);
    }
  }

  /** The middle of the first frame: its start may be rounded down into the slot before. */
  seekToSlot(number) {
    const slot = this.#reel?.plan.slots.find((one) => one.slot === number);
    if (!slot || !this.#player) return;
    this.#video.currentTime = (slot.start + 0.5) / this.#rate;
    if (this.#state === 'ended') this.#start();
  }

  setQuality(id) {
    if (this.#player) this.#player.quality = id;
    this.#part('.quality').value = id;
  }

  /** The viewer goes away, perhaps for good. */
  leave() {
    this.#diary?.exit(this.#atMs);
  }

  close() {
    this.#stop();
    this.#root.remove();
    this.#problem.remove();
  }

  #part(selector) {
    return this.#root.querySelector(selector);
  }

  #announce(text) {
    put(this.#part('.announcement'), text);
  }

  #open(reel, tz) {
    const { plan } = reel;
    this.#reel = reel;
    this.#rate = frameRate(plan);
    this.#diary = new Diary(this.#outbox, reel.token, tz);
    if (reel.poster) this.#video.poster = reel.poster;
    showPlan(this.#root, reel, this.#rate, (number) => this.seekToSlot(number));
    this.#part('.reasons').replaceChildren(...reasonsFor(plan.slots[0], plan));
    this.#announce(`${plan.slots.length} slots, ${clock(plan.frames / this.#rate)}.`);
    const ready = () => this.#showQualities();
    this.#player = openPlayer(this.#video, reel, this.#throughput, ready, (error) => this.#fail(error));
    this.#part('.controls').disabled = false;
    this.#start();
    this.#followFrames(this.#life.signal);
  }

  /** Where the browser allows no sound before a click, a silent reel is better than none. */
  async #start() {
    if (!this.#player) return;
    try {
      await this.#video.play();
    } catch (error) {
      if (error.name !== 'NotAllowedError') return; // the reel was replaced, or its error event tells more
      if (this.#video.muted) return this.#announce('The browser wants a click on Play first.');
      this.#video.muted = true;
      this.#announce('Silent, since the browser allows no sound before a click: press m for sound.');
      await this.#start();
    }
  }

  #stop() {
    this.leave();
    this.#shut();
    this.#problem.textContent = '';
    this.#video.removeAttribute('poster');
    this.#video.removeAttribute('src');
    this.#video.load();
    this.#part('.result').hidden = true;
    this.#state = 'idle';
    this.#reel = null;
    this.#startupMs = null;
    this.#atMs = 0;
    this.#stalls = 0;
    this.#stalledSince = null;
    this.#stalledMs = 0;
    this.#slot = null;
    this.#jumped = false;
    this.#showQualities();
  }

  #shut() {
    this.#life.abort();
    this.#player?.close();
    this.#player = null;
    this.#diary = null;
    this.#part('.controls').disabled = true;
  }

  #fail(error) {
    this.leave();
    this.#shut();
    this.#video.pause();
    this.#state = 'error';
    this.#announce('');
    this.#problem.textContent = `${this.#part('h2').textContent}: ${error.message}`;
  }

  #listen() {
    const handlers = {
      loadeddata: () => showPictures(this.#root),
      playing: () => this.#playing(),
      waiting: () => this.#waiting(),
      seeking: () => this.#seeking(),
      timeupdate: () => this.#follow(),
      progress: () => this.#follow(),
      ended: () => this.#ended(),
      error: () => this.#video.error && this.#fail(new Error(`The reel stopped: ${this.#video.error.message}`)),
      play: () => this.#showControls(),
      pause: () => this.#showControls(),
      volumechange: () => this.#showControls(),
      click: () => this.commands.toggle(),
    };
    for (const [name, handler] of Object.entries(handlers)) this.#video.addEventListener(name, handler);
    this.#part('.controls').addEventListener('click', (event) => this.commands[event.target.dataset.do]?.());
    this.#part('.quality').addEventListener('change', (event) => this.setQuality(event.target.value));
  }

  #playing() {
    if (this.#state === 'loading') this.#startupMs = Math.round(performance.now() - this.#began);
    this.#state = 'playing';
  }

  /** A wait that a seek caused is the viewer's own doing. */
  #waiting() {
    if (this.#state !== 'playing' || this.#jumped || this.#stalledSince !== null) return;
    this.#stalls += 1;
    this.#stalledSince = performance.now();
    this.#player?.noteStall();
  }

  #endStall() {
    if (this.#stalledSince === null) return;
    const ms = Math.round(performance.now() - this.#stalledSince);
    if (this.#slot) this.#diary.rebuffer(this.#slot, this.#atMs, ms);
    this.#stalledMs += ms;
    this.#stalledSince = null;
  }

  #seeking() {
    this.#endStall();
    this.#jumped = true;
  }

  #ended() {
    this.#state = 'ended';
    this.#diary?.end();
    this.#announce('The end. Press space to see it again.');
  }

  /** Frame by frame while the page is seen; a hidden page has the video's events alone. */
  #followFrames(signal) {
    if (signal.aborted) return;
    this.#follow();
    requestAnimationFrame(() => this.#followFrames(signal));
  }

  #follow() {
    if (!this.#player) return;
    this.#showStatus();
    const { seeking, ended, currentTime } = this.#video;
    if (this.#state !== 'playing' || seeking || ended) return;
    this.#holdIfStarved();
    if (this.#stalledSince !== null) return;
    // A thousandth of a frame, for seconds that are a rounding below a frame's start.
    const frame = currentTime * this.#rate + 0.001;
    const slot = this.#reel.plan.slots.findLast((one) => one.start <= frame);
    this.#diary.show(slot, this.#jumped, this.#atMs);
    this.#jumped = false;
    this.#atMs = milliseconds(currentTime - slot.start / this.#rate);
    if (slot !== this.#slot) this.#showSlot(slot);
  }

  /** Chromium's sound runs on for up to 3 s without pictures; slots would pass unseen, so the reel waits for them. */
  #holdIfStarved() {
    const { currentTime, duration, paused, readyState } = this.#video;
    const starved = this.buffered === 0 && currentTime < duration - 0.25;
    this.#video.playbackRate = starved ? 0 : 1;
    if (starved && !paused) this.#waiting();
    else if (!starved && readyState >= HTMLMediaElement.HAVE_FUTURE_DATA) this.#endStall();
  }

  #step(by) {
    if (this.#reel) this.seekToSlot((this.slot ?? 1) + by);
  }

  #want() {
    if (!this.#slot) return;
    this.#diary?.click(this.#slot, this.#atMs);
    this.#announce(`Noted: ${this.#slot.name}.`);
  }

  #toggleFullscreen() {
    if (document.fullscreenElement) return document.exitFullscreen();
    const stage = this.#part('.stage');
    // Telephones by Apple know only a video of full size.
    return stage.requestFullscreen ? stage.requestFullscreen() : this.#video.webkitEnterFullscreen?.();
  }

  #showSlot(slot) {
    const { plan } = this.#reel;
    this.#slot = slot;
    markSlot(this.#part('.strip'), plan.slots.indexOf(slot));
    this.#part('.reasons').replaceChildren(...reasonsFor(slot, plan));
  }

  #showControls() {
    put(this.#part('[data-do=toggle]'), this.#video.paused ? 'Play' : 'Pause');
    this.#part('[data-do=mute]').setAttribute('aria-pressed', String(this.#video.muted));
  }

  #showQualities() {
    const ladder = this.#player?.representations ?? [];
    const options = ladder.map(({ id, height, bandwidth }) => new Option(`${height}p · ${megabits(bandwidth)}`, id));
    const select = this.#part('.quality');
    select.replaceChildren(new Option('auto', 'auto'), ...options);
    select.disabled = ladder.length === 0;
    select.value = this.#player?.quality ?? 'auto';
  }

  #showStatus() {
    const { representation } = this.#player;
    const { buffered } = this;
    const bandwidth = representation?.bandwidth ? ` · ${megabits(representation.bandwidth)}` : '';
    const length = clock(this.#reel.plan.frames / this.#rate);
    this.#part('.ahead').value = buffered;
    put(this.#part('.ahead-text'), `${buffered.toFixed(1)} s`);
    put(this.#part('.time'), `${clock(this.#video.currentTime)} / ${length}`);
    put(this.#part('.representation'), representation ? `${representation.id}${bandwidth}` : '–');
    put(this.#part('.stalls'), String(this.#stalls));
    put(this.#part('.startup'), this.#startupMs === null ? '–' : `${this.#startupMs} ms`);
  }
}
