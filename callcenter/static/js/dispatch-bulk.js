// Several tickets chosen: how many are, and what became of each.
import { words } from './dispatch-fit.js';
import { first } from './dispatch-focus.js';
import { say } from './words.js';

const form = () => document.getElementById('bulk');
const chosen = () => [...document.querySelectorAll('#dispatch-board .picked:checked')];

function count() {
  document.getElementById('bulk-count').textContent = words.chosen.replace('{}', chosen().length);
}

function none() {
  for (const box of chosen()) box.checked = false;
  form().reset();
  for (const list of form().querySelectorAll('select')) delete list.dataset.touched;
  for (const wrong of form().querySelectorAll('[aria-invalid]')) wrong.removeAttribute('aria-invalid');
  for (const said of form().querySelectorAll('.error, .form-error')) said.textContent = '';
  count();
}

// The server's answer says of every ticket what became of it; it stays on the page until the next one.
function told(html) {
  const place = document.getElementById('bulk-told');
  const page = new DOMParser().parseFromString(html, 'text/html');
  place.replaceChildren(...page.body.childNodes);
  place.focus();
}

// Gives back the numbers of those that were done.
export function sent(html) {
  none();
  told(html);
  return [...document.querySelectorAll('#bulk-told [id^="result-"]:not(:has(.bad-text))')].map((one) => one.id.slice('result-'.length));
}

export function start(board) {
  board.addEventListener('change', (event) => { if (event.target.matches('.picked')) { count(); say(document.getElementById('bulk-count').textContent); } });
  board.addEventListener('click', (event) => { if (event.target.closest('[data-bulk=none]')) { none(); first().focus(); } });
  board.addEventListener('callcenter:refreshed', count);
  count();
}
