// The dispatcher's keyboard: j and k open the next or previous ticket, 1–9 point at a candidate, Enter sends.
import { refresh } from './live.js';

const board = document.getElementById('dispatch-board');
const told = document.getElementById('dispatch-told');
const waiting = () => [...board.querySelectorAll('.waiting')];
const current = () => board.querySelector('.waiting[open]');
const typing = (el) => el.matches?.('input:not([type=checkbox], [type=radio]), textarea, select, [contenteditable]');

function open(ticket) {
  if (!ticket) return;
  for (const other of waiting()) other.open = other === ticket;
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

// A refusal is told above the lists as well: the row it belongs to may be gone with the next refresh.
function refusals(changes) {
  for (const { target } of changes) {
    const place = target.nodeType === Node.ELEMENT_NODE ? target.closest('.form-error') : target.parentElement?.closest('.form-error');
    const text = place?.textContent.trim();
    if (!text) continue;
    told.textContent = `${place.closest('[data-number], .job')?.dataset.number ?? ''} ${text}`.trim();
    told.hidden = false;
    refresh(board);
  }
}

// The first ticket is open unless somebody chose another; a ticket that left the list makes room for the next.
board.addEventListener('callcenter:refreshed', () => {
  const first = waiting()[0];
  if (first && !current()) first.open = true;
});
board.addEventListener('submit', () => { told.hidden = true; }, true);
new MutationObserver(refusals).observe(board, { childList: true, characterData: true, subtree: true });
document.addEventListener('keydown', pressed);
