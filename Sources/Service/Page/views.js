/* A plan as pictures, bars and words. */

import { clock, make, short } from '/media.js';

export const megabits = (bandwidth) => `${short(bandwidth / 1e6)} Mbit/s`;

/** Exact rates are fractions, "24000/1001"; seconds are needed only for the player's clock. */
export function frameRate(plan) {
  const [frames, seconds] = plan.frameRate.split('/').map(Number);
  return frames / (seconds || 1);
}

function slotButton(slot, rate, choose) {
  const picture = slot.poster
    ? make('img', { alt: '', loading: 'lazy', fetchPriority: 'low' })
    : make('span', { className: 'blank', textContent: slot.name.charAt(0) });
  if (slot.poster) picture.dataset.src = slot.poster;
  const name = make('span', { className: 'name', textContent: slot.name });
  const facts = `Slot ${slot.slot} · ${slot.type} · ${clock(slot.start / rate)}`;
  const button = make('button', { type: 'button', className: 'slot' }, picture, name);
  button.append(make('span', { className: 'facts', textContent: facts }));
  button.addEventListener('click', () => choose(slot.slot));
  return button;
}

/** The pictures of all slots come once the reel shows its first: until then the link belongs to the reel. */
export function showPictures(root) {
  for (const picture of root.querySelectorAll('img[data-src]')) {
    picture.src = picture.dataset.src;
    delete picture.dataset.src;
  }
}

/** Marks the button of the slot on screen and brings it into view, without moving the page. */
export function markSlot(strip, index) {
  strip.querySelector('[aria-current]')?.removeAttribute('aria-current');
  const item = strip.children[index];
  item.firstChild.setAttribute('aria-current', 'true');
  strip.scrollLeft = item.offsetLeft - (strip.clientWidth - item.clientWidth) / 2;
}

function reasonRow({ feature, value, weight, product }, largest) {
  const bar = make('span', { className: product < 0 ? 'bar against' : 'bar' });
  bar.style.setProperty('--share', `${(100 * Math.abs(product)) / largest}%`);
  const factors = make('td', { textContent: `${short(value)} × ${short(weight)}` });
  const name = make('th', { scope: 'row', textContent: feature });
  return make('tr', {}, name, factors, make('td', {}, short(product), bar));
}

const sentence = (words) => words.charAt(0).toUpperCase() + words.slice(1);

function reasonTable(slot) {
  const reasons = slot.why.toSorted((a, b) => Math.abs(b.product) - Math.abs(a.product));
  const largest = Math.abs(reasons[0]?.product) || 1;
  const heads = ['Feature', 'Value × weight', 'Product'];
  const head = make('tr', {}, ...heads.map((textContent) => make('th', { scope: 'col', textContent })));
  const chance = slot.propensity == null ? '' : `probability ${short(slot.propensity)}`;
  const score = make('td', { textContent: slot.score == null ? '–' : short(slot.score) });
  const total = make('th', { scope: 'row', textContent: 'Score' });
  const foot = make('tr', {}, total, make('td', { textContent: chance }), score);
  const table = make('table', {},
    make('caption', { textContent: `Why slot ${slot.slot} shows ${slot.name}` }),
    make('thead', {}, head),
    make('tbody', {}, ...reasons.map((reason) => reasonRow(reason, largest))),
    make('tfoot', {}, foot));
  return [table, make('p', { className: 'words', textContent: `${sentence(slot.reason)}.` })];
}

export function reasonsFor(slot, plan) {
  if (slot.why?.length) return reasonTable(slot);
  const known = plan.slots.some((one) => one.why);
  const textContent = known
    ? `Slot ${slot.slot}, ${slot.name}, was placed by the cadence, not ranked.`
    : 'Why these titles were chosen is shown to holders of the key.';
  return [make('p', { textContent })];
}

function fillList(details, lines) {
  details.querySelector('ul').replaceChildren(...lines.map((textContent) => make('li', { textContent })));
}

/** All of a plan that stays the same while it plays. */
export function showPlan(root, reel, rate, choose) {
  const { plan } = reel;
  const refused = plan.refused ?? [];
  const items = plan.slots.map((slot) => make('li', {}, slotButton(slot, rate, choose)));
  root.querySelector('.strip').replaceChildren(...items);
  root.querySelector('.refused').hidden = refused.length === 0;
  root.querySelector('.refused summary').textContent = `Titles refused: ${refused.length}`;
  fillList(root.querySelector('.refused'), refused.map(({ title, reason }) => `${title}: ${reason}`));
  fillList(root.querySelector('.plan'), [
    `Reel ${reel.reel}, edition ${plan.edition}, cadence ${plan.cadence}`,
    `${plan.frames} frames at ${plan.frameRate} a second; the link is valid until ${reel.expires}`,
    ...(plan.notes ?? []),
  ]);
  root.querySelector('.result').hidden = false;
}
