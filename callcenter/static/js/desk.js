// The desk: a ringing call pops up, categories and rooms are found while typing, choosing a category says what it means.
import { beep } from './sound.js';
import { digits, serverNow } from './clock.js';
import { say } from './words.js';

const by = (id) => document.getElementById(id);
const form = document.querySelector('#intake form');

// ---- calls that ring ------------------------------------------------------------------------------------

const known = new Set();

// A call not seen before: a tone, and a dialog unless the person is talking or typing.
function rung() {
  const ringing = [...document.querySelectorAll('#calls [data-ringing]')];
  const fresh = ringing.filter((el) => !known.has(el.dataset.ringing));
  const dialog = by('ring-dialog');
  for (const el of ringing) known.add(el.dataset.ringing);
  if (dialog.open && !ringing.some((el) => el.dataset.ringing === dialog.dataset.sid)) dialog.close();
  if (!fresh.length) return;
  beep('call');
  say(fresh[0].querySelector('p').textContent, true);
  if (dialog.dataset.busy || document.querySelector('dialog[open]') || typing()) return;
  pop(dialog, fresh[0]);
}

function typing() {
  const el = document.activeElement;
  return el?.matches('input, textarea, select') && el.form?.id !== 'by-hand-form' && el.value !== '';
}

// The copy has no ids, so that the card in the list stays the one that is refreshed.
function pop(dialog, card) {
  const copy = card.cloneNode(true);
  for (const el of [copy, ...copy.querySelectorAll('[id]')]) el.removeAttribute('id');
  for (const el of copy.querySelectorAll('[data-key]')) el.removeAttribute('data-key');
  by('ring-place').replaceChildren(copy);
  dialog.dataset.sid = card.dataset.ringing;
  dialog.showModal();
  copy.querySelector('button').focus();
}

by('calls')?.addEventListener('callcenter:refreshed', rung);
for (const el of document.querySelectorAll('#calls [data-ringing]')) known.add(el.dataset.ringing);

// ---- my call, picked up at a telephone ------------------------------------------------------------------

let mine = by('my-call')?.dataset.sid;

// Whoever picks up elsewhere than on this page sees the caller here at once, unless words are being typed.
function pickedUp() {
  const sid = by('my-call')?.dataset.sid;
  if (!sid || sid === mine || typing()) return;
  mine = sid;
  if (by('pop')?.dataset.sid !== sid) location.assign(by('my-call').querySelector('a').href);
}

// The caller has hung up: what is asked after a call is shown, unless words are being typed or read out.
function hungUp() {
  if (!mine || by('my-call')) return;
  const shown = by('pop')?.dataset.sid === mine && !by('done') && !typing();
  if (shown) location.search = new URLSearchParams({ call: mine });
  mine = '';
}

for (const changed of [pickedUp, hungUp]) by('calls')?.addEventListener('callcenter:refreshed', changed);

// ---- how long we have been talking ----------------------------------------------------------------------

setInterval(() => {
  for (const el of document.querySelectorAll('[data-since]')) el.textContent = digits(Date.parse(el.dataset.since) - serverNow());
}, 1000);

// ---- a list under an input: arrows choose, Enter takes, Escape leaves ------------------------------------

function suggest(input, list, find, take) {
  let found = [];
  let place = -1;
  const close = () => { list.hidden = true; input.setAttribute('aria-expanded', 'false'); place = -1; };
  const mark = () => [...list.children].forEach((el, n) => { el.setAttribute('aria-selected', String(n === place)); if (n === place) el.scrollIntoView({ block: 'nearest' }); });
  const choose = (n) => { const one = found[n]; close(); if (one) take(one); };
  const show = (items) => {
    found = items;
    list.replaceChildren(...items.map((item, n) => line(item, () => choose(n))));
    list.hidden = !items.length;
    input.setAttribute('aria-expanded', String(Boolean(items.length)));
    place = items.length ? 0 : -1;
    mark();
  };
  input.addEventListener('input', () => find(input.value.trim(), show));
  input.addEventListener('keydown', (event) => {
    if (event.isComposing || list.hidden) return;
    if (event.key === 'ArrowDown' || event.key === 'ArrowUp') {
      event.preventDefault();
      place = (place + (event.key === 'ArrowDown' ? 1 : -1) + found.length) % found.length;
      mark();
    } else if (event.key === 'Enter') {
      event.preventDefault();
      choose(place);
    } else if (event.key === 'Escape') {
      event.stopPropagation();
      close();
    }
  });
  input.addEventListener('blur', () => setTimeout(close, 150));
}

function line({ title, about }, chosen) {
  const el = document.createElement('li');
  el.setAttribute('role', 'option');
  const strong = document.createElement('b');
  strong.textContent = title;
  const more = document.createElement('div');
  more.className = 'muted';
  more.textContent = about;
  el.append(strong, more);
  el.addEventListener('mousedown', (event) => { event.preventDefault(); chosen(); });
  return el;
}

// ---- categories ------------------------------------------------------------------------------------------

// 漏水 finds 滴漏 and 大量跑水: most of the characters, in any order; a code finds itself.
function score(option, wish) {
  const words = option.dataset.words.toLowerCase();
  if (option.value.toLowerCase().startsWith(wish)) return 100;
  if (words.includes(wish)) return 50 + wish.length;
  if (/^[\x00-\x7f]*$/.test(wish)) return 0;
  const signs = [...new Set(wish.replace(/\s/g, ''))];
  const held = signs.filter((sign) => words.includes(sign)).length;
  return held * 2 > signs.length || (signs.length === 2 && held === 1) ? held : 0;
}

function findCategory(text, show) {
  const wish = text.toLowerCase();
  if (!wish) return show([]);
  const options = [...form.elements.category.options].filter((option) => option.value);
  const scored = options.map((option) => [score(option, wish), option]).filter(([points]) => points > 0);
  scored.sort((a, b) => b[0] - a[0]);
  return show(scored.slice(0, 8).map(([, option]) => ({ title: option.textContent, about: [option.dataset.type, option.dataset.price].filter(Boolean).join(' · '), option })));
}

let warranty = {};

function chosen() {
  const option = form.elements.category.selectedOptions[0];
  const told = option?.value ? option.dataset : {};
  by('script').textContent = told.script ?? '';
  by('script').hidden = !told.script;
  by('complaint-fields').hidden = !told.complaint && !form.elements.type.value.startsWith('complaint');
  const facts = [
    told.type && [told.type, told.urgent ? 'bad' : 'info'], told.price && [told.price, 'neutral'],
    told.warranty && warranty[told.warranty] && [warranty[told.warranty], 'ok'], told.promise && [told.promise, 'neutral'],
  ].filter(Boolean);
  by('category-facts').replaceChildren(...facts.map(([text, tone]) => chip(text, tone)));
}

function chip(text, tone) {
  const el = document.createElement('span');
  el.className = `chip chip-${tone}`;
  el.textContent = text;
  return el;
}

// ---- rooms -----------------------------------------------------------------------------------------------

let asked = 0;

function findRoom(text, show) {
  const turn = ++asked;
  if (text.length < 2) return show([]);
  return setTimeout(async () => {
    if (turn !== asked) return;
    const rooms = await rooms_(text);
    if (turn === asked) show(rooms.map((room) => ({ title: room.room, about: room.people.map((one) => `${one.name} ${one.relation}`).join('、') || room.state, room })));
  }, 180);
}

async function rooms_(text) {
  try {
    const answer = await fetch(`${form.dataset.rooms}?q=${encodeURIComponent(text)}`, { headers: { 'X-Partial': '1' }, credentials: 'same-origin' });
    return answer.ok ? await answer.json() : [];
  } catch { return []; }
}

function takeRoom({ room }) {
  const fields = form.elements;
  fields.room.value = room.room;
  if (room.people.length === 1 && !fields.customer_name.value) fields.customer_name.value = room.people[0].name;
  knows(room);
  changed(fields.room);
  fields.customer_name.focus();
}

function knows(room) {
  warranty = room.warranty;
  by('room-facts').textContent = [room.state, room.handed_over, ...room.people.map((one) => one.care && `${one.name}：${one.care}`)].filter(Boolean).join(' · ');
  chosen();
}

async function known_room() {
  const text = form.elements.room.value;
  const room = text && (await rooms_(text)).find((one) => one.room === text);
  if (room) knows(room);
}

const changed = (el) => el.dispatchEvent(new Event('input', { bubbles: true }));

// ---- everything together ---------------------------------------------------------------------------------

function start() {
  suggest(by('category-search'), by('category-found'), findCategory, ({ option }) => {
    form.elements.category.value = option.value;
    form.elements.category.dataset.touched = 'yes';
    by('category-search').value = option.textContent;
    changed(form.elements.category);
    chosen();
    (form.elements.room.value ? form.elements.content : form.elements.room).focus();
  });
  suggest(form.elements.room, by('rooms-found'), findRoom, takeRoom);
  for (const name of ['category', 'type']) form.elements[name].addEventListener('change', chosen);
  form.elements.category.addEventListener('change', () => { by('category-search').value = ''; });
  form.addEventListener('input', (event) => put(event.target));
  form.addEventListener('keydown', (event) => {
    if (event.key === 'Enter' && (event.ctrlKey || event.metaKey)) form.requestSubmit();
    else if (event.key === 'Enter' && event.target.matches('input')) event.preventDefault(); // half a form is not sent by a slip
  });
  for (const button of document.querySelectorAll('[data-household]')) button.addEventListener('click', () => household(button.dataset));
  chosen();
  known_room();
}

// What is being put right no longer stands there as wrong.
function put(field) {
  for (const el of field.name ? form.querySelectorAll(`[name="${field.name}"]`) : []) {
    el.removeAttribute('aria-invalid');
    const reason = by(`${el.id}-error`);
    if (reason) reason.textContent = '';
  }
}

function household({ room, name, window: time }) {
  const fields = form.elements;
  fields.room.value = room;
  fields.customer_name.value = name;
  if (time && !fields.convenient_time.value) fields.convenient_time.value = time;
  by('intake-fold').open = true;
  changed(fields.room);
  known_room();
  by('category-search').focus();
}

if (form) start();
