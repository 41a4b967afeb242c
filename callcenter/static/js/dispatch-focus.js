// Where the keys are on the board: a focus that an act or a refresh takes away is put back, or goes to what stands nearest.
const board = document.getElementById('dispatch-board');
let held = null; // what had the focus last on the board, until the person goes elsewhere

const visible = (el) => Boolean(el?.isConnected && el.checkVisibility());

function remember({ target }) {
  if (!board.contains(target)) { held = null; return; }
  const row = target.closest('.ticket, .job');
  held = { el: target, id: target.id, row: row && `${row.matches('.job') ? 'job' : 'wait'}-${row.dataset.number}` };
}

// What the keys take hold of in a row: its fold, or the way to its ticket.
export const handle = (row) => row?.querySelector('summary') ?? row?.querySelector('a');

export const first = () => handle(board.querySelector('.waiting[open]') ?? board.querySelector('.waiting')) ?? document.getElementById('waiting-title');

// The same thing if it is still there, else its row, else the ticket that is open now, else the title of the empty list.
export function restore() {
  if (!held || document.activeElement !== document.body) return;
  const wanted = [held.el, document.getElementById(held.id), handle(document.getElementById(held.row)), first()];
  wanted.find(visible)?.focus({ preventScroll: visible(held.el) });
}

// Out of a field: its row stays in hand.
function left(event) {
  if (event.key !== 'Escape' || document.activeElement !== document.body || !board.contains(event.target)) return;
  held = null;
  handle(event.target.closest('.ticket, .job'))?.focus();
}

export function start() {
  document.addEventListener('focusin', remember);
  document.addEventListener('keydown', left);
  document.addEventListener('pointerdown', () => { held = null; }, true); // a click beside everything takes hold of nothing
}
