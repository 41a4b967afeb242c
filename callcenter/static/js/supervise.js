// The board: what takes longer to count than the board may is fetched once it is there; escalations are acknowledged with one key.
import { refresh } from './live.js';
import { say } from './words.js';

const EVERY = 600000; // milliseconds
const NEXT = 'callcenter.acknowledged';

const OPENED = 'callcenter.board.opened'; // which of the folded parts this browser opens by itself

const opened = () => {
  try { return JSON.parse(localStorage.getItem(OPENED)) ?? []; } catch { return []; }
};

// A folded part is counted when it is opened, and not before.
function unfold(fold) {
  const part = fold.querySelector('[data-later]');
  fold.addEventListener('toggle', () => {
    const others = opened().filter((id) => id !== fold.id);
    try { localStorage.setItem(OPENED, JSON.stringify(fold.open ? [...others, fold.id] : others)); } catch { /* storage forbidden: closed next time */ }
    if (fold.open) refresh(part);
  });
  if (opened().includes(fold.id)) fold.open = true;
}

for (const fold of document.querySelectorAll('details.later')) unfold(fold);
for (const el of document.querySelectorAll('[data-later]')) {
  const fold = el.closest('details.later');
  if (!fold) refresh(el);
  setInterval(() => (!fold || fold.open) && refresh(el), EVERY);
}

const waiting = () => document.querySelector('[data-acknowledge]');

// The escalation in focus is acknowledged; with none in focus the first is put there, so that nobody signs what they did not see.
function acknowledge() {
  const row = document.activeElement?.closest('[data-acknowledge]');
  if (!row) return choose(waiting());
  try { sessionStorage.setItem(NEXT, row.dataset.acknowledge); } catch { /* storage forbidden: the focus stays at the top */ }
  return row.querySelector('form').requestSubmit();
}

function choose(row) {
  if (!row) return;
  row.focus();
  row.scrollIntoView({ block: 'nearest' });
  say(row.textContent.replace(/\s+/g, ' ').trim(), true);
}

// After one was acknowledged by key the page is loaded anew with the result on top: the next one is in focus.
function goOn() {
  let done = null;
  try {
    done = sessionStorage.getItem(NEXT);
    sessionStorage.removeItem(NEXT);
  } catch { /* as above */ }
  if (done) choose(waiting());
}

document.addEventListener('click', (event) => event.target.closest('#acknowledge-next') && acknowledge());
goOn();
