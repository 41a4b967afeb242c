// The board: what takes longer to count than the board may is fetched once it is there; escalations are acknowledged with one key.
import { refresh } from './live.js';
import { say } from './words.js';

const EVERY = 600000; // milliseconds
const NEXT = 'callcenter.acknowledged';

for (const el of document.querySelectorAll('[data-later]')) {
  refresh(el);
  setInterval(() => refresh(el), EVERY);
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
