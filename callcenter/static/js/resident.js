import { say } from './words.js';

// A resident's page stays true by itself: once a minute, only while it is looked at, and never while somebody types.
const EVERY = 60_000;
const KEPT = ['standing', 'history'];
const stands = () => document.getElementById('now-title')?.textContent ?? '';

function busy() {
  if (document.hidden || document.querySelector('input:focus, textarea:focus')) return true;
  return [...document.querySelectorAll('textarea')].some((field) => field.value !== field.defaultValue);
}

async function refresh() {
  if (busy()) return;
  try {
    const answer = await fetch(location.pathname, { headers: { 'X-Requested-With': 'fetch' } });
    if (!answer.ok) return;
    const page = new DOMParser().parseFromString(await answer.text(), 'text/html');
    // another form than before (an opinion is asked for, the matter is over): the whole page
    if (page.querySelectorAll('form').length !== document.querySelectorAll('form').length) return void location.replace(location.pathname);
    const before = stands();
    for (const id of KEPT) document.getElementById(id)?.replaceWith(page.getElementById(id));
    if (stands() !== before) say(stands()); // to whoever listens instead of looking
  } catch { /* no network now; the next minute asks again */ }
}

setInterval(refresh, EVERY);
