// The desk: a call that rings for me pops up; one that I took elsewhere comes up here; how long we have been talking.
import { beep } from './sound.js';
import { digits, serverNow } from './clock.js';
import { say } from './words.js';

const by = (id) => document.getElementById(id);

// ---- calls that ring ------------------------------------------------------------------------------------

const known = new Set();

// A call that rings for me and was not seen before: a tone, and a dialog unless I am talking or typing.
function rung() {
  const ringing = [...document.querySelectorAll('#calls [data-ringing][data-mine]')];
  const fresh = ringing.filter((el) => !known.has(el.dataset.ringing));
  const dialog = by('ring-dialog');
  for (const el of ringing) known.add(el.dataset.ringing);
  if (dialog.open && !ringing.some((el) => el.dataset.ringing === dialog.dataset.sid)) dialog.close();
  if (!fresh.length) return;
  beep('call');
  say(fresh[0].querySelector('p').textContent, true);
  if (dialog.dataset.busy || document.querySelector('dialog[open]') || typing()) return;
  pop(dialog, fresh[0]);
}

function typing() {
  const el = document.activeElement;
  return el?.matches('input, textarea, select') && el.form?.id !== 'by-hand-form' && el.value !== '';
}

// The copy has no ids, so that the card in the list stays the one that is refreshed.
function pop(dialog, card) {
  const copy = card.cloneNode(true);
  for (const el of [copy, ...copy.querySelectorAll('[id]')]) el.removeAttribute('id');
  for (const el of copy.querySelectorAll('[data-key]')) el.removeAttribute('data-key');
  by('ring-place').replaceChildren(copy);
  dialog.dataset.sid = card.dataset.ringing;
  dialog.showModal();
  copy.querySelector('button')?.focus();
}

by('calls')?.addEventListener('callcenter:refreshed', rung);
for (const el of document.querySelectorAll('#calls [data-ringing][data-mine]')) known.add(el.dataset.ringing);

// ---- my call, picked up at a telephone ------------------------------------------------------------------

let mine = by('my-call')?.dataset.sid;

// Whoever picks up elsewhere than on this page sees the caller here at once, unless words are being typed.
function pickedUp() {
  const sid = by('my-call')?.dataset.sid;
  if (!sid || sid === mine || typing()) return;
  mine = sid;
  if (by('pop')?.dataset.sid !== sid) location.assign(by('my-call').querySelector('a').href);
}

// The caller has hung up: what is asked after a call is shown, unless words are being typed or read out.
function hungUp() {
  if (!mine || by('my-call')) return;
  const shown = by('pop')?.dataset.sid === mine && !by('done') && !typing();
  if (shown) location.search = new URLSearchParams({ call: mine });
  mine = '';
}

for (const changed of [pickedUp, hungUp]) by('calls')?.addEventListener('callcenter:refreshed', changed);

// ---- how long we have been talking ----------------------------------------------------------------------

setInterval(() => {
  for (const el of document.querySelectorAll('[data-since]')) el.textContent = digits(Date.parse(el.dataset.since) - serverNow());
}, 1000);
