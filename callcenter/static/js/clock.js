// Countdowns on the server's clock. A change of look (running, soon, late) is spoken once and sounds once.
import { say, word } from './words.js';
import { beep } from './sound.js';

const MARKS = { running: '', soon: '◆', late: '▲' };
const DAY = 86400;
const spoken = new Map(); // what + due moment -> look last seen
let skew = 0;

// The server's moment in milliseconds, whatever this computer's clock says.
export const serverNow = () => Date.now() + skew;

// Learns the difference to the server's clock from a moment the server has just told.
export function setServerNow(iso) {
  const told = Date.parse(iso);
  if (!Number.isNaN(told)) skew = told - Date.now();
}

// The same digits the server writes: a running second counts whole, so 0:00 is the due moment itself.
export function digits(milliseconds) {
  const seconds = milliseconds >= 0 ? Math.ceil(milliseconds / 1000) : Math.floor(-milliseconds / 1000);
  if (seconds >= 2 * DAY) {
    const hours = Math.floor((seconds % DAY) / 3600);
    return `${Math.floor(seconds / DAY)} ${word('day')}` + (hours ? ` ${hours} ${word('hour')}` : '');
  }
  const pad = (n) => String(n).padStart(2, '0');
  const [h, m, s] = [Math.floor(seconds / 3600), Math.floor(seconds / 60) % 60, seconds % 60];
  return h ? `${h}:${pad(m)}:${pad(s)}` : `${m}:${pad(s)}`;
}

export function look(left, soonSeconds) {
  if (left < 0) return 'late';
  return left <= soonSeconds * 1000 ? 'soon' : 'running';
}

// Writes every countdown of the page anew; called each second and after a fragment was exchanged.
export function tick() {
  const now = serverNow();
  for (const el of document.querySelectorAll('[data-due]')) show(el, Date.parse(el.dataset.due) - now);
}

function show(el, left) {
  const now = look(left, Number(el.dataset.soon ?? 60));
  const text = word(now).replace('{}', digits(left));
  el.className = `due due-${now}`;
  put(el.querySelector('.due-mark'), MARKS[now]);
  put(el.querySelector('.due-text') ?? el, text);
  const key = `${el.dataset.what}|${el.dataset.due}`;
  const before = spoken.get(key);
  spoken.set(key, now);
  if (before && before !== now && now !== 'running') {
    say(`${el.dataset.what} ${text}`, true);
    beep(now);
    document.dispatchEvent(new CustomEvent('callcenter:threshold', { detail: { what: el.dataset.what, look: now } }));
  }
}

function put(el, text) {
  if (el && el.textContent !== text) el.textContent = text;
}

export function start() {
  setServerNow(document.body.dataset.now);
  tick();
  setInterval(tick, 1000);
}
