// Several tickets chosen: how many are, and what became of each.
import { words } from './dispatch-fit.js';

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

export function sent(html) {
  none();
  told(html);
}

export function start(board) {
  board.addEventListener('change', (event) => event.target.matches('.picked') && count());
  board.addEventListener('click', (event) => event.target.closest('[data-bulk=none]') && none());
  board.addEventListener('callcenter:refreshed', count);
  count();
}
