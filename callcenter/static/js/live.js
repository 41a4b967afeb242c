// Live regions: <div data-live="ticket promise" data-src="/desk">. When such an event comes the fragment is fetched again
// (header X-Partial) and morphed in; without events every region asks by itself every few seconds.
import { setServerNow, tick } from './clock.js';
import { morph } from './morph.js';
import { say, word } from './words.js';

const KINDS = ['ticket', 'call', 'promise', 'message', 'looking'];
const ASK_EVERY = 5000; // milliseconds between fetches while no events flow
const TRY_AGAIN = 30000; // milliseconds until a refused stream is asked for again
let state = 'connecting';
let flowing = false; // whether events come, as last heard

const regions = () => document.querySelectorAll('[data-live][data-src]');

function show(next) {
  const badge = document.getElementById('connection');
  if (next === state || !badge || state === 'signed-out') return;
  const before = state;
  state = next;
  badge.dataset.state = next;
  badge.textContent = word({ live: 'live', polling: 'polling', offline: 'offline', 'signed-out': 'signedOut' }[next]);
  if (next === 'signed-out') say(word('signedOut'), true);
  if (next === 'live' && before !== 'connecting') refreshAll();
}

function arrived(kind, data) {
  if (kind === 'state') return show((flowing = Boolean(data.live)) ? 'live' : 'polling');
  document.dispatchEvent(new CustomEvent(`callcenter:${kind}`, { detail: data }));
  for (const el of regions()) {
    if (named(el.dataset.atOnce, kind)) soon(el, 0);
    else if (named(el.dataset.live, kind)) soon(el);
  }
}

const named = (kinds, kind) => Boolean(kinds?.split(' ').includes(kind));

// A little later and never at the same moment in every browser, except what somebody must see at once (data-at-once, kinds as in
// data-live: a call that rings). Several events together cost one fetch.
const planned = new WeakMap();
function soon(el, wait = 120 + Math.random() * 180) {
  if (planned.has(el) && wait) return;
  clearTimeout(planned.get(el));
  planned.set(el, setTimeout(() => { planned.delete(el); refresh(el); }, wait));
}

function refreshAll() {
  for (const el of regions()) soon(el);
}

// Never pull a card out of someone's hand: what came meanwhile is fetched again when it is put down.
const inHand = (el) => Boolean(el.querySelector('[data-held]'));

// Of two that are under way at once the later asked for stays, whichever comes last.
const asked = new WeakMap(), shown = new WeakMap();

export async function refresh(el) {
  if (inHand(el)) return soon(el);
  const turn = (asked.get(el) ?? 0) + 1;
  asked.set(el, turn);
  try {
    const answer = await fetch(el.dataset.src, { headers: { 'X-Partial': '1' }, credentials: 'same-origin' });
    if (answer.status === 401) return show('signed-out');
    if (!answer.ok) return;
    const page = document.createElement('template');
    page.innerHTML = await answer.text();
    setServerNow(answer.headers.get('X-Now'));
    if (inHand(el)) return soon(el); // taken up while the answer was on its way
    if (turn < (shown.get(el) ?? 0)) return;
    shown.set(el, turn);
    morph(el, page.content);
    tick();
    el.dispatchEvent(new CustomEvent('callcenter:refreshed', { bubbles: true }));
    if (state === 'offline') show('polling');
  } catch {
    show('offline');
  }
}

// readyState 2: the server said no for now (204 no events here, 503 full, sign-in page): ask by ourselves, try again later.
function lost(closed, again) {
  flowing = false;
  show(closed ? 'polling' : 'offline');
  if (closed) setTimeout(again, TRY_AGAIN + Math.random() * TRY_AGAIN);
}

function listenShared(url, worker) {
  const { port } = new SharedWorker(worker, { name: 'callcenter-live' });
  port.onmessage = ({ data }) => {
    if (data.lost) lost(data.closed, () => port.postMessage({ url }));
    else arrived(data.kind, data.data);
  };
  port.postMessage({ url });
  addEventListener('pagehide', () => port.postMessage({ bye: true }));
  addEventListener('pageshow', (event) => event.persisted && port.postMessage({ url }));
}

function listenAlone(url) {
  const source = new EventSource(url);
  for (const kind of ['state', ...KINDS]) source.addEventListener(kind, (e) => arrived(kind, JSON.parse(e.data)));
  source.onerror = () => lost(source.readyState === EventSource.CLOSED, () => listenAlone(url));
}

export function start() {
  const { liveUrl, worker } = document.body.dataset;
  if (!liveUrl) return;
  if (window.SharedWorker) listenShared(liveUrl, worker);
  else listenAlone(liveUrl);
  // the browser knows first; the stream of another tab's worker may take long to notice, or come through without a break
  addEventListener('offline', () => show('offline'));
  addEventListener('online', () => { show(flowing ? 'live' : 'polling'); refreshAll(); });
  setInterval(() => state !== 'live' && state !== 'signed-out' && refreshAll(), ASK_EVERY);
  for (const el of regions()) if (el.dataset.refresh) setInterval(() => soon(el), Number(el.dataset.refresh) * 1000);
  document.addEventListener('change', (e) => { if (e.target.matches('select')) e.target.dataset.touched = 'yes'; });
}
