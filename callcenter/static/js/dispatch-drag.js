// A ticket is carried to somebody of the crew: with mouse, pen or finger, or with the keys of its handle. Lists stand still meanwhile.
import { reasonFor, technicians, words } from './dispatch-fit.js';
import { say } from './words.js';

const FAR = 6; // pixels a pointer moves before it is a drag and no click
let carried = null;

const ticketOf = (el) => el.closest?.('.ticket, .job');
const named = (ticket) => ticket.dataset.number;

function hold(ticket) {
  ticket.dataset.held = 'yes';
  ticket.classList.add('held');
}

function over(tech) {
  if (carried.tech === tech) return;
  carried.tech?.classList.remove('tech-over');
  carried.tech = tech;
  tech?.classList.add('tech-over');
  tech?.scrollIntoView({ block: 'nearest' });
}

function letGo() {
  const was = carried;
  carried = null;
  was.ghost?.remove();
  was.tech?.classList.remove('tech-over');
  was.ticket.classList.remove('held');
  delete was.ticket.dataset.held;
  return was;
}

function ghost(ticket, x, y) {
  const made = document.createElement('div');
  made.className = 'ghost';
  made.setAttribute('aria-hidden', 'true');
  made.textContent = ticket.querySelector('.job-title').textContent;
  document.body.append(made);
  place(made, x, y);
  return made;
}

function place(el, x, y) {
  el.style.left = `${x + 12}px`;
  el.style.top = `${y + 8}px`;
}

// ---- by pointer ----------------------------------------------------------------------------------------------------------

function pressed(event) {
  const from = event.target.closest('.grip, .waiting > summary, .job');
  if (!from || event.button || carried || event.target.closest('a, select, input, label, form, .more')) return;
  if (event.pointerType === 'touch' && !from.matches('.grip')) return; // a finger on the list scrolls it
  carried = { ticket: ticketOf(from), x: event.clientX, y: event.clientY, pointer: event.pointerId, ghost: null, tech: null };
}

function moved(event, open) {
  if (carried?.pointer !== event.pointerId) return;
  if (!carried.ghost) {
    if (Math.hypot(event.clientX - carried.x, event.clientY - carried.y) < FAR) return;
    hold(carried.ticket);
    open(carried.ticket);
    carried.ghost = ghost(carried.ticket, event.clientX, event.clientY);
  }
  event.preventDefault();
  place(carried.ghost, event.clientX, event.clientY);
  over(document.elementFromPoint(event.clientX, event.clientY)?.closest('[data-tech]') ?? null);
}

function released(event, drop) {
  if (carried?.pointer !== event.pointerId) return;
  const was = letGo();
  if (!was.ghost) return;
  swallowClick();
  if (event.type === 'pointerup' && was.tech) drop(was.ticket, was.tech);
}

// The click that ends a drag opens and closes nothing.
function swallowClick() {
  const stop = (event) => { event.preventDefault(); event.stopPropagation(); };
  addEventListener('click', stop, { capture: true, once: true });
  setTimeout(() => removeEventListener('click', stop, { capture: true }), 0);
}

// ---- by keyboard ---------------------------------------------------------------------------------------------------------

function pickUp(grip, open) {
  if (!technicians().length) return say(words.nobody, true);
  const ticket = ticketOf(grip);
  open(ticket);
  carried = { ticket, ghost: null, tech: null, keys: true };
  hold(ticket);
  grip.setAttribute('aria-pressed', 'true');
  over(technicians()[0]);
  return say(`${words.held.replace('{}', named(ticket))}. ${reasonFor(carried.tech)}`, true);
}

function along(by) {
  const all = technicians();
  over(all[Math.min(Math.max(all.indexOf(carried.tech) + by, 0), all.length - 1)]);
  say(reasonFor(carried.tech), true);
}

function putBack(grip) {
  say(words.putBack.replace('{}', named(letGo().ticket)), true);
  grip.setAttribute('aria-pressed', 'false');
}

const STEPS = { ArrowDown: 1, ArrowRight: 1, ArrowUp: -1, ArrowLeft: -1 };

function keyed(event, open, drop) {
  const grip = event.target.closest?.('.grip');
  if (!grip || event.ctrlKey || event.metaKey || event.altKey) return;
  const confirm = event.key === ' ' || event.key === 'Enter';
  if (!carried?.keys) {
    if (!confirm || event.repeat) return;
    pickUp(grip, open);
  } else if (confirm && !event.repeat) {
    const was = letGo();
    grip.setAttribute('aria-pressed', 'false');
    drop(was.ticket, was.tech);
  } else if (event.key === 'Escape') putBack(grip);
  else if (STEPS[event.key]) along(STEPS[event.key]);
  else return;
  event.preventDefault();
  event.stopPropagation();
}

export const carrying = () => Boolean(carried?.ghost || carried?.keys);

// open(ticket): make it the one the crew is marked for; drop(ticket, technician): send.
export function start(board, open, drop) {
  board.addEventListener('pointerdown', pressed);
  addEventListener('pointermove', (event) => moved(event, open));
  for (const kind of ['pointerup', 'pointercancel']) addEventListener(kind, (event) => released(event, drop));
  board.addEventListener('keydown', (event) => keyed(event, open, drop));
  board.addEventListener('focusout', (event) => { if (carried?.keys && event.target.matches('.grip')) putBack(event.target); });
  addEventListener('keydown', (event) => { if (event.key === 'Escape' && carried?.ghost) letGo(); });
}
