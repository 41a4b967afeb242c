// What changed since the dispatcher last said "seen": remembered per person in this browser, marked on every row, summed up on top.
import { words } from './dispatch-fit.js';
import { serverNow } from './clock.js';

const key = `callcenter.dispatch.look.${document.body.dataset.user ?? ''}`;
const whole = !/[?&](compound|building)=/.test(location.search); // a narrowed list cannot tell what left
const mine = new Set(); // what I did myself is no news to me
const rows = () => [...document.querySelectorAll('#dispatch-board [data-look]')];

function read() {
  try {
    return JSON.parse(localStorage.getItem(key));
  } catch {
    return null;
  }
}

function write(look) {
  try {
    localStorage.setItem(key, JSON.stringify(look));
  } catch { /* storage forbidden: nothing is marked next time */ }
}

function seenNow() {
  const now = Object.fromEntries(rows().map((row) => [row.dataset.number, row.dataset.look]));
  return { at: serverNow(), rows: whole ? now : { ...read()?.rows, ...now } };
}

// In words what is different: state, handler, level, urges, appointment, offer.
function difference(before, after) {
  const parts = words.parts.split('|');
  const [old, now] = [before.split('|'), after.split('|')];
  return parts.filter((_, place) => old[place] !== now[place]);
}

function mark(row, look) {
  const before = look.rows[row.dataset.number];
  const changed = before === undefined ? [] : difference(before, row.dataset.look);
  const text = before === undefined ? words.new : changed.length ? words.changed.replace('{}', changed.join(words.join)) : '';
  const place = row.querySelector('.look');
  place.className = text ? 'look chip chip-news' : 'look';
  if (place.textContent !== text) place.textContent = text;
  return before === undefined ? 'new' : text ? 'changed' : '';
}

// A look of one's own acts: what they changed counts as seen.
export function did(number) {
  mine.add(number);
}

function own(look) {
  let known = false;
  for (const row of rows()) {
    if (!mine.has(row.dataset.number) || look.rows[row.dataset.number] === row.dataset.look) continue;
    look.rows[row.dataset.number] = row.dataset.look;
    mine.delete(row.dataset.number);
    known = true;
  }
  if (known) write(look);
}

export function show() {
  const look = read();
  if (!look?.rows) return write(seenNow());
  own(look);
  const marks = rows().map((row) => mark(row, look));
  const here = new Set(rows().map((row) => row.dataset.number));
  const gone = whole ? Object.keys(look.rows).filter((number) => !here.has(number)).length : 0;
  const counts = { new: marks.filter((m) => m === 'new').length, changed: marks.filter((m) => m === 'changed').length, gone };
  const bar = document.getElementById('looked');
  bar.hidden = !(counts.new || counts.changed || counts.gone);
  const at = new Date(look.at).toLocaleTimeString('zh-CN', { hour: '2-digit', minute: '2-digit', hour12: false, timeZone: 'Asia/Shanghai' });
  const text = Object.entries({ at, ...counts }).reduce((said, [name, value]) => said.replace(`{${name}}`, value), words.looked);
  const line = bar.querySelector('p');
  if (line.textContent !== text) line.textContent = text;
  return undefined;
}

export function start() {
  document.querySelector('#looked button').addEventListener('click', () => { write(seenNow()); show(); });
  show();
}
