// Texts kept ready: Ctrl+/ in a field that takes them, or the button beside it, opens the list; what is chosen goes in where the cursor
// stands, between the words that are there and never over them; the first …… of it lies marked, to be typed over.
import { say } from './words.js';

const composing = (event) => event.isComposing || event.keyCode === 229;
const pickerOf = (field) => field.id && document.querySelector(`[data-picks="${CSS.escape(field.id)}"]`);
const fieldOf = (picker) => document.getElementById(picker.dataset.picks);
const parts = (picker) => ({ button: picker.querySelector('button'), box: picker.querySelector('.picker-box'), search: picker.querySelector('input'),
  list: picker.querySelector('ul'), none: picker.querySelector('[data-none]'), full: picker.querySelector('[data-full]') });
const held = new WeakMap(); // picker → its texts, fetched when it is opened first; beside a form that is being filled in each time
const been = new WeakSet(); // fields somebody has been in: there the cursor means something
const GAP = '……';

async function open(picker) {
  const { button, box, search, full } = parts(picker);
  box.hidden = false;
  full.hidden = true;
  picker.dataset.held = 'open'; // what refreshes by itself waits until it is closed
  button.setAttribute('aria-expanded', 'true');
  search.value = '';
  search.focus();
  const form = document.getElementById(picker.dataset.form);
  if (form || !held.has(picker)) {
    try {
      const sent = form ? { method: 'POST', body: new FormData(form) } : {};
      const answer = await fetch(picker.dataset.src, { ...sent, headers: { 'X-Partial': '1' }, credentials: 'same-origin' });
      if (answer.ok) held.set(picker, await answer.json());
    } catch { /* without network the list stays as it was, and is asked for again */ }
  }
  show(picker);
}

function close(picker, focus = true) {
  const { button, box } = parts(picker);
  box.hidden = true;
  delete picker.dataset.held;
  button.setAttribute('aria-expanded', 'false');
  if (focus) fieldOf(picker)?.focus();
}

function show(picker) {
  const { search, list, none } = parts(picker);
  const wish = search.value.trim().toLowerCase();
  const found = (held.get(picker) ?? []).filter((one) => `${one.title} ${one.text}`.toLowerCase().includes(wish));
  list.replaceChildren(...found.map((one, n) => line(picker, one, n)));
  none.hidden = found.length > 0;
  mark(picker, 0);
}

function line(picker, one, n) {
  const el = document.createElement('li');
  el.setAttribute('role', 'option');
  el.id = `${picker.dataset.picks}-ready-${n}`;
  el.setAttribute('aria-disabled', String(Boolean(one.lacks)));
  const title = document.createElement('b');
  title.textContent = one.title;
  const text = document.createElement('span');
  text.className = 'muted';
  text.textContent = one.lacks ? `${one.text} — ${one.lacks}` : one.text;
  el.append(title, text);
  el.dataset.text = one.text;
  return el;
}

function mark(picker, place) {
  const { search, list } = parts(picker);
  [...list.children].forEach((el, n) => el.setAttribute('aria-selected', String(n === place)));
  const el = list.children[place];
  if (el) search.setAttribute('aria-activedescendant', el.id);
  else search.removeAttribute('aria-activedescendant');
  el?.scrollIntoView({ block: 'nearest' });
}

function step(picker, by) {
  const lines = [...parts(picker).list.children];
  const place = lines.findIndex((el) => el.getAttribute('aria-selected') === 'true');
  if (lines.length) mark(picker, (place + by + lines.length) % lines.length);
}

// What lacks something here, a ticket number where there is no ticket, is shown but never put in; nor what the field cannot hold.
function take(picker, el) {
  if (!el || el.getAttribute('aria-disabled') === 'true') return;
  const field = fieldOf(picker);
  const at = cursor(field); // asked before the field has the focus again: then one nobody had been in would begin at its head
  const text = fitting(field, el.dataset.text, at);
  if (field.maxLength >= 0 && field.value.length + text.length > field.maxLength) return full(picker, field);
  close(picker);
  put(field, text, at);
}

function full(picker, field) {
  const place = parts(picker).full;
  place.dataset.words ??= place.textContent;
  place.textContent = place.dataset.words.replace('{}', field.maxLength);
  place.hidden = false;
  say(place.textContent, true);
}

const cursor = (field) => (been.has(field) ? field.selectionEnd : field.value.length);

// After a word a line of its own, or a space where there are no lines.
function fitting(field, text, at) {
  const lines = field.matches('textarea');
  const apart = /[\p{L}\p{N}]$/u.test(field.value.slice(0, at));
  return (apart ? (lines ? '\n' : ' ') : '') + (lines ? text : text.replace(/\s*\n\s*/g, ' '));
}

function put(field, text, at = cursor(field)) {
  field.focus();
  field.setRangeText(text, at, at, 'end');
  const gap = text.indexOf(GAP);
  if (gap >= 0) field.setSelectionRange(at + gap, at + gap + GAP.length);
  field.dispatchEvent(new Event('input', { bubbles: true }));
}

function pressed(event) {
  if (composing(event)) return;
  const inside = event.target.closest?.('.picker-box');
  if (event.key === '/' && (event.ctrlKey || event.metaKey) && !event.altKey) {
    const picker = inside ? null : pickerOf(event.target);
    if (picker) {
      event.preventDefault();
      open(picker);
    }
    return;
  }
  if (inside && event.target.matches('input')) searched(event, inside.closest('.picker'));
}

function searched(event, picker) {
  const does = {
    ArrowDown: () => step(picker, 1), ArrowUp: () => step(picker, -1), Escape: () => close(picker),
    Enter: () => take(picker, picker.querySelector('[aria-selected=true]')),
  }[event.key];
  if (!does) return;
  event.preventDefault();
  event.stopPropagation();
  does();
}

function clicked(event) {
  const picker = event.target.closest('.picker');
  for (const other of document.querySelectorAll('.picker')) if (other !== picker && !parts(other).box.hidden) close(other, false);
  const blank = event.target.closest('[data-put]');
  if (blank) put(document.getElementById(blank.dataset.put), blank.textContent.trim());
  if (!picker) return;
  if (event.target.closest('.picker-open')) {
    if (parts(picker).box.hidden) open(picker);
    else close(picker);
  } else take(picker, event.target.closest('li'));
}

document.addEventListener('keydown', pressed, true);
document.addEventListener('click', clicked);
document.addEventListener('focusin', (event) => been.add(event.target));
document.addEventListener('input', (event) => event.target.closest('.picker-box') && !event.isComposing && show(event.target.closest('.picker')));
document.addEventListener('compositionend', (event) => event.target.closest?.('.picker-box') && show(event.target.closest('.picker')));
