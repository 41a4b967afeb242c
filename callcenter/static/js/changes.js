// What became different in a region since this page was opened: marked where it stands, and said once. The region has data-changes and the
// words for it; its parts are lines of tickets (id, state) and whatever has data-known, with data-sign for what may change about it.
import { say } from './words.js';

const held = new WeakMap(); // region → what it held at first, and what has been said of it
const linesOf = (region) => [...region.querySelectorAll('[data-known], .list > li[id]')];
const nameOf = (el) => el.dataset.known ?? el.id.replace(/^[a-z-]+-(?=[A-Z])/, '');
const signOf = (el) => el.dataset.sign ?? el.querySelector('[data-state]')?.dataset.state ?? '';

function seen(region) {
  held.set(region, { first: new Map(linesOf(region).map((el) => [nameOf(el), signOf(el)])), said: new Set() });
}

function mark(region) {
  const { first, said } = held.get(region);
  const told = [];
  for (const el of linesOf(region)) {
    const [name, sign] = [nameOf(el), signOf(el)];
    if (first.get(name) === sign) continue;
    const word = first.has(name) ? region.dataset.changed : region.dataset.new;
    el.dataset.news = word;
    const folded = el.closest('details:not([open])')?.querySelector('summary');
    if (folded) folded.dataset.news = word;
    if (!said.has(`${name} ${sign}`)) told.push(`${word} ${el.textContent.replace(/\s+/g, ' ').trim()}`);
    said.add(`${name} ${sign}`);
  }
  if (told.length) say(told.join('; '), true);
}

for (const region of document.querySelectorAll('[data-changes]')) {
  seen(region);
  region.addEventListener('callcenter:refreshed', (event) => event.target === region && mark(region));
}
