/*
 * The page that plays a personal reel and shows why it looks the way it does.
 *
 * media.js reads manifests, player.js plays them, events.js tells the service what was seen, views.js draws a plan, pane.js is one
 * viewer's reel; here are the form, the keys and the address.
 *
 * In the address: ?viewer= &cadence= &region= &tz= fill the form, &compare=VIEWER opens the second pane, &autoplay=1
 * plays at once, &muted=1 without sound, &native=1 by the browser's own HLS instead of Media Source Extensions.
 *
 * For tests, `window.sizzle.panes` lists the open panes. Each has, to read only,
 *   state           'idle' | 'loading' | 'playing' (begun, perhaps paused) | 'ended' | 'error'
 *   startupMs       from the request for the reel to its first frame; null before
 *   stalls          interruptions since then, seeks not counted
 *   stalledMs       how long they took together
 *   switches        changes of representation, counted when appended
 *   representation  the id of the one on screen, 'native' with native HLS; null before
 *   slot            the number of the slot on screen; null before
 *   buffered        seconds ready to play from here
 * and the methods seekToSlot(number) and setQuality(id or 'auto').
 */

import { localOffset, two } from '/media.js';
import { outbox } from '/events.js';
import { Pane } from '/pane.js';

const KEYS = { ' ': 'toggle', k: 'toggle', arrowleft: 'previous', arrowright: 'next', m: 'mute', f: 'fullscreen' };

const address = new URLSearchParams(location.search);
const form = document.querySelector('#request');
const fields = form.elements;
const help = document.querySelector('#help');
const compareButton = document.querySelector('#compare-button');
const panes = [];
let active = null; // the pane that the keys go to

function activate(pane) {
  active = pane;
  for (const one of panes) one.root.classList.toggle('active', one === pane);
}

function openPane() {
  const muted = address.get('muted') === '1' || panes.length > 0; // two beds at once please nobody
  const pane = new Pane(document.querySelector('#pane'), outbox, document.querySelector('#problems'), muted);
  panes.push(pane);
  document.querySelector('#panes').append(pane.root);
  for (const name of ['pointerdown', 'focusin']) pane.root.addEventListener(name, () => activate(pane));
}

function compare(on) {
  document.querySelector('#second').hidden = !on;
  fields.compare.required = on;
  compareButton.setAttribute('aria-pressed', String(on));
  if (on) openPane();
  else panes.pop().close();
  activate(panes[0]);
}

function play() {
  const key = fields.key.value;
  sessionStorage.setItem('key', key);
  const [cadence, region, tz] = ['cadence', 'region', 'tz'].map((name) => fields[name].value.trim());
  const viewers = [fields.viewer.value.trim(), fields.compare.value.trim()];
  panes.forEach((pane, index) => {
    pane.play({ viewer: viewers[index], cadence, ...(region && { region }), tz }, key);
  });
}

/** Keys that are typed, or that work a control, are not ours. */
function isTaken(event) {
  if (event.ctrlKey || event.metaKey || event.altKey || event.repeat || help.open) return true;
  if (event.target.closest('input, select')) return true;
  return event.key === ' ' && event.target.closest('button, summary') !== null;
}

function onKey(event) {
  if (isTaken(event)) return;
  const command = KEYS[event.key.toLowerCase()];
  if (event.key === '?') help.showModal();
  else if (command) active.commands[command]();
  else if (/^[1-9]$/.test(event.key)) active.seekToSlot(Number(event.key));
  else return;
  event.preventDefault();
}

function fillForm() {
  fields.tz.value = localOffset();
  fields.key.value = sessionStorage.getItem('key') ?? '';
  for (const name of ['viewer', 'cadence', 'region', 'tz', 'compare']) {
    if (address.has(name)) fields[name].value = address.get(name);
  }
}

openPane();
activate(panes[0]);
fillForm();
if (address.has('compare')) compare(true);

form.addEventListener('submit', (event) => {
  event.preventDefault();
  play();
});
compareButton.addEventListener('click', () => {
  compare(panes.length === 1);
  if (panes.length === 2) fields.compare.focus();
});
document.querySelector('#help-button').addEventListener('click', () => help.showModal());
document.addEventListener('keydown', onKey);
addEventListener('pagehide', () => {
  for (const pane of panes) pane.leave();
  outbox.flush();
});
// On a telephone this may be the last that a page hears.
document.addEventListener('visibilitychange', () => document.hidden && outbox.flush());

window.sizzle = { panes };
if (address.get('autoplay') === '1' && form.reportValidity()) play();
