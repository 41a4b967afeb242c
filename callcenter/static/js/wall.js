// The wall: asks for its numbers every few seconds for weeks, turns the pages that do not fit, and says since when they stand still.
import { serverNow, setServerNow, start as startClock, tick } from './clock.js';
import { morph } from './morph.js';
import { word } from './words.js';

const EVERY = 5000; // milliseconds between two askings
const PATIENCE = 10000; // milliseconds an answer may take
const SLOWEST = 30000; // milliseconds between askings while nothing comes
const STOPPED_AFTER = 15000; // milliseconds without news until the wall says so
const TURN = 12000; // milliseconds a page stands
const AFRESH = 24 * 3600 * 1000; // milliseconds until the page is loaded anew: new versions arrive, nothing piles up

const by = (id) => document.getElementById(id);
const wall = by('wall');
const born = performance.now();
let heard = Date.parse(document.body.dataset.now); // the server's moment of what is shown
let failures = 0;
let why = ''; // why there is no news, when the server said so
let shown = '';

const local = new Intl.DateTimeFormat('zh-CN', { hour: '2-digit', minute: '2-digit', hourCycle: 'h23', timeZone: 'Asia/Shanghai' });

async function ask() {
  try {
    const answer = await fetch(location.href, { headers: { 'X-Partial': '1' }, credentials: 'same-origin', cache: 'no-store', signal: AbortSignal.timeout(PATIENCE) });
    if (answer.ok) take(answer.headers.get('X-Now'), await answer.text());
    else failed({ 401: 'signedOut', 403: 'signedOut', 404: 'shut', 410: 'shut' }[answer.status] ?? '');
  } catch {
    failed('');
  }
  say();
  setTimeout(ask, Math.min(EVERY * 2 ** Math.min(failures, 3), SLOWEST));
}

function take(now, html) {
  if (performance.now() - born > AFRESH) return location.reload();
  const page = document.createElement('template');
  page.innerHTML = html;
  setServerNow(now);
  morph(wall, page.content);
  heard = Date.parse(now);
  failures = 0;
  why = '';
  turnTo(shown);
  return tick();
}

function failed(reason) {
  failures += 1;
  why = reason;
}

// What is no longer true is not shown as if it were: a band says since when.
function say() {
  const stopped = why || serverNow() - heard > STOPPED_AFTER;
  by('wall-stopped').hidden = !stopped;
  if (stopped) put(by('wall-stopped'), word(why || 'stopped').replace('{}', local.format(heard)));
  by('wall-state').dataset.state = stopped || failures ? 'offline' : 'live';
  put(by('wall-state'), word(stopped || failures ? 'offline' : 'live'));
  put(by('wall-clock'), local.format(serverNow()));
}

function put(el, text) {
  if (el.textContent !== text) el.textContent = text;
}

// ---- pages ----------------------------------------------------------------------------------------------

const panels = () => [...wall.querySelectorAll('[data-panel]')];

// One page stands; the one that stood is gone when its list became shorter: then the first.
function turnTo(id) {
  const all = panels();
  const next = all.find((one) => one.id === id) ?? all[0];
  for (const one of all) one.hidden = one !== next;
  shown = next?.id ?? '';
}

function turn() {
  const all = panels();
  turnTo(all[(all.findIndex((one) => one.id === shown) + 1) % all.length]?.id);
}

startClock();
turnTo('');
setInterval(turn, TURN);
setInterval(say, 1000);
addEventListener('online', say);
document.addEventListener('keydown', (event) => event.key === 'ArrowRight' && turn());
setTimeout(ask, EVERY);
