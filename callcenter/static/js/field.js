// The technicians' page: acts go into the phone's own queue first and from there to the server; without network the job goes on.
import * as store from './field-store.js';
import { entry, stored, straight } from './field-keep.js';
import { flush } from './field-send.js';
import { smaller } from './field-photo.js';
import { draw, project } from './field-queue.js';
import * as look from './field-look.js';
import * as materials from './field-materials.js';
import * as network from './field-network.js';
import * as proof from './field-proof.js';
import * as signing from './field-sign.js';
import { refresh } from './live.js';
import { say } from './words.js';

const SEND_EVERY = 20000; // milliseconds between tries while something waits
const page = document.getElementById('field');
const words = document.getElementById('field-words').dataset;
const user = document.body.dataset.user;
const jobs = () => document.getElementById('field-jobs');

// Said where the thumb is and to screen readers, until the next press.
function tell(text) {
  const place = document.getElementById('field-told');
  place.textContent = text;
  place.hidden = !text;
}

// ---- acts ------------------------------------------------------------------------------------------------------------------

const WHOLE = 'input:not([type=hidden], [type=radio]), textarea, select';

function lacking(form) {
  let first = null;
  for (const el of form.querySelectorAll(WHOLE)) {
    const missing = el.required && !(el.type === 'checkbox' ? el.checked : el.value.trim());
    mark(el, missing ? words.required : '');
    if (missing && !first) first = el;
  }
  for (let held = first; held; held = held.parentElement) if (held.matches('details')) held.open = true;
  first?.focus();
  return first !== null || proof.lacking(form);
}

function mark(el, reason) {
  if (reason) el.setAttribute('aria-invalid', 'true');
  else el.removeAttribute('aria-invalid');
  const place = document.getElementById(`${el.id}-error`);
  if (place) place.textContent = reason;
}

function fields(form) {
  return [...new FormData(form)].filter(([name, value]) => typeof value === 'string' && !['csrf_token', 'key', 'next'].includes(name) && value !== '');
}

// Before forms.js hears of it: what is kept here is not sent there as well.
async function submitted(event) {
  const form = event.target;
  if (!form.matches('form[data-queue]')) return;
  event.preventDefault();
  event.stopImmediatePropagation();
  if (form.dataset.busy || lacking(form)) return;
  form.dataset.busy = 'yes';
  try {
    const made = await entry(user, form.dataset.queue, form.getAttribute('action'), form.dataset.label, { kind: 'act', action: form.dataset.action, fields: fields(form) });
    if (await stored(made, Number(form.dataset.replaces))) await send(made, form);
    else await unkept(made, form);
  } finally {
    delete form.dataset.busy;
  }
}

// What has just been pressed is answered in its own form; what was kept longer stands in the list with its reason.
async function send(made, form) {
  delete form.dataset.replaces;
  await redraw();
  const end = await sendAll(async (sent, how) => {
    if (sent.id === made.id && how === 'refused') await back(form, sent);
  });
  const left = (await store.mine(user)).some((one) => one.id === made.id);
  if (left && end !== 'sent') say(words.doneOffline);
  emptied(form);
}

// The phone is full: what waits goes first, then this; else the words stay in the form.
async function unkept(made, form) {
  await sendAll();
  const why = await straight(made, page.dataset.state, words);
  if (why) return answered(form, { reason: why, wrong: made.wrong });
  if (form.dataset.replaces) await store.remove({ id: Number(form.dataset.replaces), user });
  delete form.dataset.replaces;
  await refresh(jobs());
  return emptied(form);
}

async function back(form, refused) {
  await store.remove(refused);
  answered(form, refused);
}

function answered(form, { reason, wrong }) {
  for (const el of form.querySelectorAll(WHOLE)) mark(el, wrong?.[el.name] ?? '');
  form.querySelector('.form-error').textContent = reason;
  form.dataset.refused = 'yes';
  say(reason, true);
}

function emptied(form) {
  if (form.dataset.refused) { delete form.dataset.refused; return; }
  try { sessionStorage.removeItem(['callcenter.draft', user, location.pathname, form.id].join('|')); } catch { /* nothing was kept */ }
  form.querySelector('.form-error').textContent = '';
  form.querySelector('.material-rows')?.replaceChildren();
  form.reset();
  const sheet = form.closest('details');
  if (sheet) sheet.open = false;
}

// ---- pictures --------------------------------------------------------------------------------------------------------------

async function taken(input) {
  const form = input.form;
  for (const file of input.files) {
    const small = await smaller(file).catch(() => null);
    if (small) await picture(form.dataset.number, form.getAttribute('action'), form.dataset.label, form.dataset.photo, small, []);
    else tell(words.noPhoto);
  }
  form.reset();
}

// Whether it is safe: on the phone, or with the server already.
async function picture(number, url, label, kind, blob, more) {
  const held = await blob.arrayBuffer(); // a Blob in IndexedDB is not kept by every browser
  const made = await entry(user, number, url, label, { kind: 'photo', fields: [['kind', kind], ...more], picture: held, media: blob.type });
  if (await stored(made)) {
    await redraw();
    await sendAll();
    return true;
  }
  await sendAll();
  const why = await straight(made, page.dataset.state, words);
  tell(why);
  if (!why) await refresh(jobs());
  return !why;
}

function sign(button) {
  const form = button.closest('form');
  const given = form.elements.signature;
  const before = { name: given.value, text: button.textContent };
  signing.sign(given.value, async (name, blob) => {
    given.value = name;
    given.dispatchEvent(new Event('input', { bubbles: true }));
    button.dataset.signed = 'yes';
    button.textContent = `✓ ${words.signed}`;
    const number = form.dataset.queue;
    const url = document.querySelector(`#pictures-${CSS.escape(number)} form`).getAttribute('action');
    if (await picture(number, url, button.dataset.label ?? words.signed, 'signature', blob, [['signer', name]])) return;
    given.value = before.name;
    button.textContent = before.text;
    delete button.dataset.signed;
  });
}

// ---- sending ---------------------------------------------------------------------------------------------------------------

async function sendAll(told = async () => {}) {
  let sent = false;
  const end = await flush(page.dataset.state, async (one, how) => {
    sent = sent || how === 'sent';
    await told(one, how);
    await redraw();
  }, user);
  if (end === 'other') return othersPage();
  network.heard(end !== 'waiting');
  document.getElementById('field-again').hidden = end !== 'signed-out';
  if (end === 'waiting') network.later();
  if (sent) await refresh(jobs());
  await redraw();
  await store.count(user);
  return end;
}

// Somebody else has signed in on this phone: the page becomes theirs, what waits here stays its owner's.
async function othersPage() {
  await globalThis.caches?.delete('field-page');
  location.reload();
}

async function redraw() {
  const waiting = await store.mine(user);
  await draw(waiting, { edit, drop });
  await project(waiting);
  materials.prepare();
  for (const button of document.querySelectorAll('[data-sign][hidden]')) button.hidden = false;
  if (!waiting.length) network.fresh();
}

// A refused act goes back into its form; sent again it takes its old place.
async function edit(one) {
  const form = document.getElementById(`${one.action}-${one.number}`);
  if (!form) return tell(one.reason);
  form.dataset.replaces = one.id;
  for (const [name, value] of one.fields) {
    const el = form.elements[name];
    if (el?.type === 'checkbox') el.checked = true;
    else if (el) el.value = value;
  }
  form.querySelector('.form-error').textContent = one.reason;
  for (let held = form; held; held = held.parentElement) {
    if (held.matches('details')) held.open = true;
    if (held.matches('.stage')) held.hidden = false;
  }
  form.scrollIntoView({ block: 'center' });
  return undefined;
}

async function drop(one) {
  if (!confirm(words.dropSure)) return;
  await store.remove(one);
  await redraw();
  await sendAll();
}

function start() {
  document.addEventListener('submit', submitted, true);
  document.addEventListener('change', (event) => event.target.matches('form[data-photo] input[type=file]') && taken(event.target));
  document.addEventListener('pointerdown', () => tell(''), true);
  document.addEventListener('click', (event) => {
    const button = event.target.closest('[data-sign]');
    if (button) sign(button);
    if (event.target.closest('[data-send]')) sendAll();
  });
  jobs().addEventListener('callcenter:refreshed', () => { network.seen(); redraw(); });
  addEventListener('online', () => sendAll());
  store.onChange(() => redraw());
  setInterval(async () => (await store.mine(user)).length && sendAll(), SEND_EVERY);
  document.body.classList.add('scripted');
  look.start();
  network.start(page);
  materials.start();
  proof.start();
  signing.start();
  redraw().then(() => sendAll());
  navigator.serviceWorker?.register(page.dataset.worker, { scope: page.dataset.page, type: 'module' }).catch(() => undefined);
}

start();
