// The dispatch board. Keys: j and k open the next or previous ticket, 1–9 point at a candidate, Enter sends; or carry the ticket to somebody.
import * as bulk from './dispatch-bulk.js';
import * as drag from './dispatch-drag.js';
import * as fit from './dispatch-fit.js';
import * as look from './dispatch-look.js';
import { refresh } from './live.js';
import { say } from './words.js';

const board = document.getElementById('dispatch-board');
const told = document.getElementById('dispatch-told');
const done = document.getElementById('dispatch-done');
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

function pressed(event) {
  if (event.defaultPrevented || event.isComposing || event.keyCode === 229 || event.ctrlKey || event.metaKey || event.altKey) return;
  if (typing(event.target) || document.querySelector('dialog[open]')) return;
  if (event.key === 'j') step(1);
  else if (event.key === 'k') step(-1);
  else if (/^[1-9]$/.test(event.key)) current()?.querySelector(`[data-choice="${event.key}"]`)?.focus();
  else return;
  event.preventDefault();
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
  if (form.id === 'bulk') bulk.sent(event.detail.text);
  else {
    look.did(form.closest('[data-number]')?.dataset.number);
    done.textContent = event.detail.text;
    done.hidden = false;
    say(event.detail.text);
  }
  refresh(board);
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
  if (document.activeElement === document.body && lost) current()?.querySelector('summary').focus();
  lost = false;
}

let lost = false;
board.addEventListener('focusout', () => { lost = true; });
board.addEventListener('focusin', () => { lost = false; });
board.addEventListener('callcenter:refreshed', refreshed);
board.addEventListener('toggle', () => { if (!drag.carrying()) fit.show(current()); }, true);
board.addEventListener('callcenter:sent', sent);
board.addEventListener('submit', () => { told.hidden = true; done.hidden = true; }, true);
new MutationObserver(refusals).observe(board, { childList: true, characterData: true, subtree: true });
document.addEventListener('keydown', pressed);
drag.start(board, choose, drop);
bulk.start(board);
look.start();
fit.show(current());
