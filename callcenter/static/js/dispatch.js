// The dispatch board. Keys: j and k open the next or previous ticket, 1–9 point at a candidate, Enter sends; or carry the ticket to somebody.
// o, x, b, r and u go to what else there is to do. A key points at something, Enter does it: nothing is sent by a slip of one finger.
import * as bulk from './dispatch-bulk.js';
import * as drag from './dispatch-drag.js';
import * as fit from './dispatch-fit.js';
import * as focus from './dispatch-focus.js';
import * as look from './dispatch-look.js';
import { refresh } from './live.js';
import { say } from './words.js';

const board = document.getElementById('dispatch-board');
const told = document.getElementById('dispatch-told');
const done = document.getElementById('dispatch-done');
const looked = document.getElementById('looked');
const waiting = () => [...board.querySelectorAll('.waiting')];
const current = () => board.querySelector('.waiting[open]');
const typing = (el) => el.matches?.('input:not([type=checkbox], [type=radio]), textarea, select, [contenteditable]');

// Makes it the ticket the crew is marked for; focus stays where it is.
function choose(ticket) {
  const chosen = ticket?.querySelector?.('.waiting');
  if (!chosen) return fit.show(ticket);
  for (const other of waiting()) other.open = other === chosen;
  return fit.show(chosen);
}

function open(ticket) {
  if (!ticket) return;
  choose(ticket.parentElement);
  ticket.querySelector('summary').focus();
  ticket.scrollIntoView({ block: 'nearest' });
}

function step(by) {
  const all = waiting();
  const place = all.indexOf(current());
  open(all[Math.min(Math.max(place + by, 0), all.length - 1)]);
}

// The next of several after the one the keys are at; the first when they are elsewhere.
function following(all, rowOf) {
  const place = all.findIndex((el) => rowOf(el)?.contains(document.activeElement));
  return all[(place + 1) % all.length];
}

const target = (link) => document.getElementById(decodeURIComponent(link.hash).slice(1));

// To a ticket of the lists, whichever list it stands in.
function goTo(row) {
  if (row?.matches('.waiting')) return open(row);
  focus.handle(row)?.focus();
  return row?.scrollIntoView({ block: 'nearest' });
}

function pick() {
  const ticket = document.activeElement.closest('.ticket') ?? current()?.closest('.ticket');
  ticket?.querySelector('.picked').click();
}

const several = () => {
  const form = document.getElementById('bulk');
  if (form.checkVisibility()) form.querySelector('select').focus();
  else tell(fit.words.none);
};

const KEYS = {
  j: () => step(1),
  k: () => step(-1),
  o: () => current()?.querySelector('form[id^="offer-"] button')?.focus(),
  x: pick,
  b: several,
  r: () => following([...board.querySelectorAll('.job > [id^="reassign-more-"] > summary')], (el) => el.closest('.job'))?.focus(),
  u: () => goTo(target(following([...board.querySelectorAll('.urgent a')], target) ?? location)),
};

function pressed(event) {
  if (event.defaultPrevented || event.isComposing || event.keyCode === 229 || event.ctrlKey || event.metaKey || event.altKey) return;
  if (typing(event.target) || document.querySelector('dialog[open]')) return;
  if (/^[1-9]$/.test(event.key)) current()?.querySelector(`[data-choice="${event.key}"]`)?.focus();
  else if (KEYS[event.key]) KEYS[event.key]();
  else return;
  event.preventDefault();
}

function jumped(event) {
  const link = event.target.closest('.urgent a');
  if (!link || event.ctrlKey || event.metaKey || event.shiftKey) return;
  event.preventDefault();
  goTo(target(link));
}

// ---- a ticket arrives at somebody ----------------------------------------------------------------------------------------

function drop(ticket, tech) {
  if (!ticket.isConnected) return tell(fit.words.gone.replace('{}', ticket.dataset.number));
  return ticket.matches('.job') ? changeHandler(ticket, tech) : send(ticket, tech.dataset.tech);
}

// The same form and the same address as a click on a candidate; whether somebody can be sent is the server's to say.
function send(ticket, user) {
  const form = ticket.querySelector('form[id^="send-"]');
  if (!form) return;
  const button = form.querySelector(`[name=to][value="${CSS.escape(user)}"]`) ?? form.appendChild(hidden(user));
  form.requestSubmit(button);
  if (button.hidden) button.remove();
}

function hidden(user) {
  const button = document.createElement('button');
  Object.assign(button, { name: 'to', value: user, hidden: true });
  return button;
}

// A job that somebody has already needs a reason: its form opens with the name filled in.
function changeHandler(job, tech) {
  const list = job.querySelector('form[id^="reassign-"] [name=to]');
  const fits = list && [...list.options].some((option) => option.value === tech.dataset.tech);
  if (!fits) return tell(`${job.dataset.number} ${fit.reasonFor(tech)}`);
  job.querySelector('details').open = true;
  list.value = tech.dataset.tech;
  list.dataset.touched = 'yes';
  return list.form.querySelector('[name=reason]').focus();
}

// ---- what is said --------------------------------------------------------------------------------------------------------

function tell(text) {
  told.textContent = text;
  told.hidden = false;
}

function sent(event) {
  const form = event.target;
  if (form.id === 'bulk') bulk.sent(event.detail.text).forEach(look.did);
  else {
    look.did(form.closest('[data-number]')?.dataset.number);
    emptied(form);
    done.textContent = event.detail.text;
    done.hidden = false;
    say(event.detail.text);
  }
  refresh(board);
}

// What was typed has arrived: the form is as new, with a key of its own once the lists are fetched, and its fold is shut.
function emptied(form) {
  form.reset();
  for (const list of form.querySelectorAll('select')) delete list.dataset.touched;
  const fold = form.closest('.more');
  if (fold) fold.open = false;
}

// A refusal is told above the lists as well: the row it belongs to may be gone with the next refresh.
function refusals(changes) {
  for (const { target } of changes) {
    const place = target.nodeType === Node.ELEMENT_NODE ? target.closest('.form-error') : target.parentElement?.closest('.form-error');
    const text = place?.textContent.trim();
    if (!text) continue;
    tell(`${place.closest('[data-number]')?.dataset.number ?? ''} ${text}`.trim());
    refresh(board);
  }
}

// The first ticket is open unless somebody chose another; a ticket that left makes room for the next, and takes nobody's place away.
function refreshed() {
  const first = waiting()[0];
  if (first && !current()) first.open = true;
  fit.show(current());
  look.show();
  focus.restore();
}

board.addEventListener('callcenter:refreshed', refreshed);
board.addEventListener('toggle', () => { if (!drag.carrying()) fit.show(current()); }, true);
board.addEventListener('callcenter:sent', sent);
board.addEventListener('submit', () => { told.hidden = true; done.hidden = true; }, true);
new MutationObserver(refusals).observe(board, { childList: true, characterData: true, subtree: true });
board.addEventListener('click', jumped);
document.addEventListener('keydown', pressed);
looked.addEventListener('click', () => { if (looked.hidden && looked.contains(document.activeElement)) focus.first().focus({ preventScroll: true }); });
focus.start();
drag.start(board, choose, drop);
bulk.start(board);
look.start();
fit.show(current());
if (location.hash) goTo(target(location)); // from the day, or back from an act's own page
