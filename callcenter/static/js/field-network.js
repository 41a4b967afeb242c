// Whether there is network, since when there is none, and the page kept for then.
import { serverNow, setServerNow, tick } from './clock.js';
import { kept } from './field-store.js';

const PAGE = 'field-page';
const KEEP_EVERY = 60000; // milliseconds between two keepings of the page
let line = null;
let address = '';
let reached = true;
let seenAt = Date.parse(document.body.dataset.now) || Date.now();
let keptAt = Date.now(); // the worker kept the page when it was opened

const hour = (at) => new Date(at).toLocaleTimeString([], { hour: '2-digit', minute: '2-digit', hour12: false });

function show() {
  const away = !navigator.onLine || !reached;
  line.hidden = !away;
  line.textContent = away ? line.dataset.offline.replace('{}', hour(seenAt)) : '';
  document.body.classList.toggle('is-offline', away);
}

export function heard(there) {
  reached = there;
  if (!there) hereAndNow();
  show();
}

// A page opened from what was kept believes it is as late as when it was kept; what this phone's clock is off by knows better.
async function hereAndNow() {
  const now = Date.now() + ((await kept('offset')) ?? NaN);
  if (Number.isNaN(now) || now <= serverNow()) return;
  setServerNow(new Date(now).toISOString());
  tick();
}

// The jobs have just come from the server.
export function seen() {
  seenAt = serverNow();
  heard(true);
}

// Nothing waits any more: the page as it is now is what should open without network.
export async function fresh() {
  if (!navigator.onLine || !globalThis.caches || !navigator.serviceWorker?.controller || Date.now() - keptAt < KEEP_EVERY) return;
  keptAt = Date.now();
  try {
    const answer = await fetch(address, { credentials: 'same-origin' });
    if (answer.ok && !answer.redirected) await (await caches.open(PAGE)).put(address, answer);
  } catch { /* no network after all */ }
}

// The worker sends when the network is back, also with the page closed; where there is no such thing, the next opening does.
export async function later() {
  try {
    await navigator.storage?.persist?.(); // what waits is not to be thrown away when space is short
    await (await navigator.serviceWorker?.ready)?.sync?.register('field-send');
  } catch { /* not allowed: the page tries again itself */ }
}

export function start(page) {
  line = document.getElementById('field-network');
  address = page.dataset.page;
  addEventListener('online', show);
  addEventListener('offline', show);
  show();
}
