// The technicians' page: acts go into the phone's own queue first and from there to the server; without network the job goes on.
import * as store from './field-store.js';
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

const newKey = () => (crypto.randomUUID ? crypto.randomUUID() : [...crypto.getRandomValues(new Uint32Array(4))].map((n) => n.toString(16)).join(''));

async function entry(number, url, label, more) {
  return { user, number, url, label, key: newKey(), deviceAt: Date.now(), offset: (await store.kept('offset')) ?? 0,
    offline: !navigator.onLine, state: 'waiting', ...more };
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
  return first !== null;
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
    const made = await entry(form.dataset.queue, form.getAttribute('action'), form.dataset.label, { kind: 'act', action: form.dataset.action, fields: fields(form) });
    const replaced = Number(form.dataset.replaces);
    if (replaced) await store.remove({ id: replaced, user });
    made.id = await store.add(replaced ? { ...made, id: replaced } : made);
    delete form.dataset.replaces;
    await send(made, form);
  } catch {
    say(words.full, true);
    form.querySelector('.form-error').textContent = words.full;
  } finally {
    delete form.dataset.busy;
  }
}

// What has just been pressed is answered in its own form; what was kept longer stands in the list with its reason.
async function send(made, form) {
  await redraw();
  const end = await sendAll(async (sent, how) => {
    if (sent.id === made.id && how === 'refused') await back(form, sent);
  });
  const left = (await store.mine(user)).some((one) => one.id === made.id);
  if (left && end !== 'sent') say(words.doneOffline);
  emptied(form);
}

async function back(form, refused) {
  await store.remove(refused);
  for (const el of form.querySelectorAll(WHOLE)) mark(el, refused.wrong?.[el.name] ?? '');
  form.querySelector('.form-error').textContent = refused.reason;
  form.dataset.refused = 'yes';
  say(refused.reason, true);
}

function emptied(form) {
  if (form.dataset.refused) { delete form.dataset.refused; return; }
  sessionStorage.removeItem(['callcenter.draft', user, location.pathname, form.id].join('|'));
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
    try {
      const small = await smaller(file);
      await picture(form.dataset.number, form.getAttribute('action'), form.dataset.label, form.dataset.photo, small, []);
    } catch {
      say(words.noPhoto, true);
    }
  }
  form.reset();
}

async function picture(number, url, label, kind, blob, more) {
  const held = await blob.arrayBuffer(); // a Blob in IndexedDB is not kept by every browser
  await store.add(await entry(number, url, label, { kind: 'photo', fields: [['kind', kind], ...more], picture: held, media: blob.type }));
  await redraw();
  await sendAll();
}

function sign(button) {
  const form = button.closest('form');
  const given = form.elements.signature;
  signing.sign(given.value, async (name, blob) => {
    given.value = name;
    given.dispatchEvent(new Event('input', { bubbles: true }));
    button.dataset.signed = 'yes';
    button.textContent = `✓ ${words.signed}`;
    const number = form.dataset.queue;
    const url = document.querySelector(`#pictures-${CSS.escape(number)} form`).getAttribute('action');
    await picture(number, url, button.dataset.label ?? words.signed, 'signature', blob, [['signer', name]]);
  });
}

// ---- sending ---------------------------------------------------------------------------------------------------------------

async function sendAll(told = async () => {}) {
  let sent = false;
  const end = await flush(page.dataset.state, async (one, how) => {
    sent = sent || how === 'sent';
    await told(one, how);
    await redraw();
  });
  network.heard(end !== 'waiting');
  if (end === 'signed-out') say(words.again, true);
  if (end === 'waiting') later();
  if (sent) await refresh(jobs());
  await redraw();
  await store.count(user);
  return end;
}

// The worker sends when the network is back, also with the page closed; where there is no such thing, the next opening does.
async function later() {
  try { (await navigator.serviceWorker?.ready)?.sync?.register('field-send'); } catch { /* not allowed: the page tries again itself */ }
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
  if (!form) return say(one.reason, true);
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
  document.addEventListener('click', (event) => {
    const button = event.target.closest('[data-sign]');
    if (button) sign(button);
    if (event.target.closest('[data-send]')) sendAll();
  });
  jobs().addEventListener('callcenter:refreshed', () => { network.seen(); redraw(); });
  addEventListener('online', () => sendAll());
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
