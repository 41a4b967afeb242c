// In a call: forms that leave the page where it is, a question before what cannot be taken back, and how long each one has been in it.
import { digits, serverNow } from './clock.js';
import { refresh } from './live.js';

document.addEventListener('submit', (event) => {
  const { confirm: question } = event.target.dataset;
  if (question && !window.confirm(question)) event.preventDefault();
}, true);

// The note opened is the note written: single keys must not act on the call meanwhile.
document.addEventListener('click', (event) => {
  const notes = event.target.closest('#call-notes > summary')?.parentElement;
  if (notes) setTimeout(() => notes.open && notes.querySelector('[name=note]').focus());
});

document.addEventListener('callcenter:sent', (event) => {
  const form = event.target;
  if (!('stay' in form.dataset)) return;
  form.reset();
  const region = form.closest('[data-live]');
  if (region) refresh(region);
});

export function tick() {
  for (const el of document.querySelectorAll('[data-since]')) el.textContent = digits(Date.parse(el.dataset.since) - serverNow());
}

tick();
setInterval(tick, 1000);

// ---- the telephone's own window --------------------------------------------------------------------------
// While it rings there, answering here picks it up: that the call was answered is then told by the line itself.
const channel = new BroadcastChannel('callcenter-phone');
let phone = { state: '' };

channel.addEventListener('message', ({ data }) => {
  if (!data.state) return;
  phone = data;
  const badge = document.getElementById('phone-badge');
  if (badge) {
    badge.dataset.state = data.state;
    badge.textContent = badge.dataset[data.state] ?? badge.dataset.unconnected;
  }
});
channel.postMessage({ ask: true });

document.addEventListener('submit', (event) => {
  if (phone.state !== 'rings' || !event.target.closest('[data-ringing]')) return;
  event.preventDefault();
  channel.postMessage({ answer: true });
  event.target.closest('dialog')?.close();
}, true);

document.getElementById('phone-open')?.addEventListener('click', (event) => {
  event.preventDefault();
  window.open(event.currentTarget.href, 'callcenter-phone', 'width=420,height=640');
});
