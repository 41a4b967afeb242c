// The intake form, filled while talking: people, rooms and categories are found while typing; what is known is said; the draft is kept.
import { asking, suggest } from './suggest.js';
import { tick } from './clock.js';
import { morph } from './morph.js';
import { word } from './words.js';

const by = (id) => document.getElementById(id);
const form = document.querySelector('#intake form');
const composing = (event) => event.isComposing || event.keyCode === 229;
const told = (el) => el.dispatchEvent(new Event('input', { bubbles: true }));

// What stands there already, a note of the call, is written on after its end.
function into(field) {
  field.focus();
  field.setSelectionRange(field.value.length, field.value.length);
}

// ---- categories ------------------------------------------------------------------------------------------

// A code or a spelling finds itself; 漏水 finds 滴漏 and 大量跑水: most of the characters, in any order.
function score(option, wish) {
  const words = option.dataset.words.toLowerCase();
  const parts = words.split(' ');
  if (option.value.toLowerCase().startsWith(wish)) return 100;
  if (parts.includes(wish)) return 90;
  if (parts.some((part) => part.startsWith(wish))) return 70;
  if (words.includes(wish)) return 50 + wish.length;
  if (/^[\x00-\x7f]*$/.test(wish)) return 0;
  const signs = [...new Set(wish.replace(/\s/g, ''))];
  const held = signs.filter((sign) => words.includes(sign)).length;
  return held * 2 > signs.length || (signs.length === 2 && held === 1) ? held : 0;
}

// Urgent ones stand on top, those with words to say before all others; with nothing typed they are what is offered.
const weight = (option) => (option.dataset.script ? 2 : 0) + (option.dataset.urgent ? 1 : 0);

function findCategory(text, show) {
  const wish = text.toLowerCase();
  const options = [...form.elements.category.options].filter((option) => option.value);
  const scored = options.map((option) => [wish ? score(option, wish) : weight(option), option]).filter(([points]) => points > 0);
  const exact = ([points]) => (wish && points >= 90 ? 1 : 0);
  scored.sort((a, b) => exact(b) - exact(a) || weight(b[1]) - weight(a[1]) || b[0] - a[0]);
  return show(scored.slice(0, 10).map(([, option]) => ({
    title: option.textContent, tone: option.dataset.urgent ? 'bad-text' : '', option,
    about: [option.dataset.type, option.dataset.price, option.dataset.script].filter(Boolean).join(' · '),
  })));
}

function takeCategory({ option }) {
  form.elements.category.value = option.value;
  form.elements.category.dataset.touched = 'yes';
  by('category-search').value = option.textContent;
  told(form.elements.category);
  chosen();
  into(form.elements.room.value || form.elements.place.value ? form.elements.content : by('caller-search'));
}

let warranty = {};

function chosen() {
  const option = form.elements.category.selectedOptions[0];
  const means = option?.value ? option.dataset : {};
  by('script').textContent = means.script ?? '';
  by('script').hidden = !means.script;
  by('complaint-fields').hidden = !means.complaint && !form.elements.type.value.startsWith('complaint');
  const facts = [
    means.type && [means.type, means.urgent ? 'bad' : 'info'], means.price && [means.price, 'neutral'],
    means.warranty && warranty[means.warranty] && [warranty[means.warranty], 'ok'], means.promise && [means.promise, 'neutral'],
  ].filter(Boolean);
  by('category-facts').replaceChildren(...facts.map(([text, tone]) => chip(text, tone)));
}

function chip(text, tone) {
  const el = document.createElement('span');
  el.className = `chip chip-${tone}`;
  el.textContent = text;
  return el;
}

// ---- people, rooms, places -------------------------------------------------------------------------------

function shownHit(hit) {
  const about = [hit.name && hit.place, hit.relation, hit.phone, hit.state, ...hit.marks].filter(Boolean).join(' · ');
  return { title: hit.name || hit.place, about, tone: hit.marks.length ? 'warn-text' : '', hit };
}

function takeHit({ hit }) {
  const fields = form.elements;
  const home = hit.kind === 'room';
  fields.room.value = home ? hit.place : '';
  fields.place.value = home ? '' : hit.place;
  fields.customer.value = hit.customer ?? '';
  if (hit.name) fields.customer_name.value = hit.name;
  if (hit.window && !fields.convenient_time.value) fields.convenient_time.value = hit.window;
  fields.contact_phone.placeholder = hit.phone ? `${form.dataset.noNumber} ${hit.phone}` : '';
  by('caller-search').value = [hit.name, hit.place].filter(Boolean).join(' ');
  told(fields.room);
  knownRoom();
  into(fields.category.value ? fields.content : by('category-search'));
}

function takeRoom({ room }) {
  const fields = form.elements;
  fields.room.value = room.room;
  if (room.people.length === 1 && !fields.customer_name.value) fields.customer_name.value = room.people[0].name;
  knows(room);
  told(fields.room);
  fields.customer_name.focus();
}

const shownRoom = (room) => ({ title: room.room, about: room.people.map((one) => `${one.name} ${one.relation}`).join('、') || room.state, room });

function knows(room) {
  warranty = room.warranty;
  by('room-facts').textContent = [room.state, room.handed_over, ...room.people.map((one) => one.care && `${one.name}：${one.care}`)].filter(Boolean).join(' · ');
  chosen();
}

function knownRoom() {
  const text = form.elements.room.value;
  warranty = {};
  by('room-facts').textContent = '';
  chosen();
  if (text) asking(form.dataset.rooms, 2, (room) => room)(text, (rooms) => { const room = rooms.find((one) => one.room === text); if (room) knows(room); });
}

function household({ room, name, window: time }) {
  const fields = form.elements;
  fields.room.value = room;
  fields.customer_name.value = name;
  if (time && !fields.convenient_time.value) fields.convenient_time.value = time;
  by('intake-fold').open = true;
  told(fields.room);
  knownRoom();
  by('category-search').focus();
}

// ---- what to say about it --------------------------------------------------------------------------------

const ADVISING = ['category', 'type', 'urgency', 'room', 'place', 'contact_phone', 'in_warranty'];
let advising = 0;
let said = '';

const about = () => ADVISING.map((name) => form.elements[name].value).join('|');

async function advise() {
  if (about() === said) return;
  const mine = ++advising;
  said = about();
  try {
    const answer = await fetch(form.dataset.advice, { method: 'POST', body: new FormData(form), headers: { 'X-Partial': '1' }, credentials: 'same-origin' });
    if (!answer.ok) throw new Error();
    const words = document.createElement('template');
    words.innerHTML = await answer.text();
    if (mine !== advising) return; // a newer question is under way
    morph(by('advice'), words.content); // what was ticked or has the focus meanwhile stays
    tick();
  } catch { if (mine === advising) said = ''; /* the form works without advice; asked again with the next change */ }
}

function appointment(button) {
  const fields = form.elements;
  fields.appointment_start.value = button.dataset.start;
  fields.appointment_end.value = button.dataset.end;
  if (button.dataset.promise) fields.promise_at.value = button.dataset.promise;
  for (const other of by('advice').querySelectorAll('[data-appointment]')) other.setAttribute('aria-pressed', String(other === button));
  form.querySelector('details.more').open = true;
  told(fields.appointment_start);
}

// ---- the draft: kept on the server soon after the last word, and at once when the page goes away ----------

let waiting = 0;
let unsaved = false;
let over = false;

async function keep() {
  clearTimeout(waiting);
  if (!unsaved || over) return;
  unsaved = false;
  try {
    const answer = await fetch(form.dataset.draft, { method: 'POST', body: new FormData(form), headers: { 'X-Partial': '1' }, credentials: 'same-origin', keepalive: true });
    if (!answer.ok) throw new Error();
    const { said: words } = await answer.json();
    if (unsaved) return; // more has been typed meanwhile
    by('draft-said').textContent = words;
    form.dispatchEvent(new CustomEvent('callcenter:kept', { bubbles: true }));
  } catch {
    unsaved = true;
    by('draft-said').textContent = word('unsent');
  }
}

function typed(event) {
  unsaved = true;
  by('draft-said').textContent = '';
  clearTimeout(waiting);
  waiting = setTimeout(keep, 700);
  if (event.target.name) put(event.target);
  if (event.isTrusted && ['room', 'customer_name'].includes(event.target.name)) form.elements.customer.value = ''; // no longer who was chosen
  if (ADVISING.includes(event.target.name)) setTimeout(advise, 250);
}

// What is being put right no longer stands there as wrong.
function put(field) {
  for (const el of form.querySelectorAll(`[name="${field.name}"]`)) {
    el.removeAttribute('aria-invalid');
    const reason = by(`${el.id}-error`);
    if (reason) reason.textContent = '';
  }
}

// ---- everything together ---------------------------------------------------------------------------------

function pressed(event) {
  if (event.key !== 'Enter' || composing(event)) return;
  if (event.ctrlKey || event.metaKey) form.requestSubmit(form.querySelector('.btn-big'));
  else if (event.target.matches('input:not([type=checkbox], [type=radio])')) event.preventDefault(); // half a form is not sent by a slip
}

function start() {
  suggest(by('caller-search'), by('caller-found'), asking(form.dataset.search, 2, shownHit), takeHit);
  suggest(by('category-search'), by('category-found'), findCategory, takeCategory);
  suggest(form.elements.room, by('rooms-found'), asking(form.dataset.rooms, 2, shownRoom), takeRoom);
  for (const name of ['category', 'type']) form.elements[name].addEventListener('change', chosen);
  form.elements.category.addEventListener('change', () => { by('category-search').value = ''; });
  form.addEventListener('input', typed);
  form.addEventListener('keydown', pressed);
  form.addEventListener('submit', () => { over = true; clearTimeout(waiting); });
  form.addEventListener('callcenter:refused', () => { over = false; said = ''; advise(); });
  addEventListener('pagehide', keep);
  by('advice').addEventListener('click', (event) => { const button = event.target.closest('[data-appointment]'); if (button) appointment(button); });
  document.addEventListener('click', (event) => { const button = event.target.closest('[data-household]'); if (button) household(button.dataset); });
  chosen();
  knownRoom();
  said = by('advice').childElementCount ? about() : '';
  if (form.elements.category.value || form.elements.room.value || form.elements.place.value) advise();
}

if (form) start();
