// Acts on a ticket open their form in a dialog; without scripts the same link leads to the form's own page. Timeline filters.
import './macros.js'; // notes and replies of every dialog take texts kept ready
import { say, word } from './words.js';

const dialog = () => document.getElementById('act-dialog');
let shown = ''; // the address whose form is in the dialog: opened again, it still holds what was typed

async function open(link) {
  const place = dialog();
  if (link.href !== shown) {
    const answer = await fetch(link.href, { headers: { 'X-Partial': '1' }, credentials: 'same-origin' });
    if (!answer.ok) return refused(answer);
    place.innerHTML = await answer.text();
    shown = link.href;
  }
  place.showModal();
  place.querySelector('input:not([type=hidden]), textarea, select, .actions button')?.focus();
  return undefined;
}

async function refused(answer) {
  try { say((await answer.json()).message, true); } catch { say(word('unsent'), true); }
}

function clicked(event) {
  const link = event.target.closest('a[data-dialog]');
  if (link && dialog() && !event.ctrlKey && !event.metaKey && !event.shiftKey && event.button === 0) {
    event.preventDefault();
    open(link).catch(() => say(word('unsent'), true));
  }
  if (event.target.closest('[data-close]')) event.target.closest('dialog').close();
  const chip = event.target.closest('button[data-show]');
  if (chip) filter(chip);
}

// What a person chose to see is kept while the tab lives: an act loads the page again.
const chosen = () => `callcenter.show|${location.pathname}`;

function filter(chip) {
  const story = chip.closest('.story');
  story.dataset.show = chip.dataset.show;
  for (const other of chip.parentElement.children) other.setAttribute('aria-pressed', String(other === chip));
  try { sessionStorage.setItem(chosen(), chip.dataset.show); } catch { /* storage forbidden: the filter works for this page */ }
}

function filterAsBefore() {
  let show = null;
  try { show = sessionStorage.getItem(chosen()); } catch { /* as above */ }
  const chip = show && [...document.querySelectorAll('.story button[data-show]')].find((one) => one.dataset.show === show);
  if (chip) filter(chip);
}

document.addEventListener('click', clicked);
filterAsBefore();
