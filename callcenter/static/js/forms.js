// Forms that are sent once and lose nothing: <form data-guard id="…"> is sent by script, its words kept until the server took them;
// <form data-guard="plain"> is only kept from being sent twice.
import { tick } from './clock.js';
import { say, word } from './words.js';

const DRAFT = 'callcenter.draft';
const sending = new WeakSet();

const draftKey = (form) => [DRAFT, document.body.dataset.user ?? '', location.pathname, form.id || form.getAttribute('action')].join('|');
const kept = (form) => [...form.elements].filter((el) => el.name && el.matches('input:not([type=hidden], [type=password], [type=file], [type=submit]), textarea, select') && !('private' in el.dataset));

function store(key, value) {
  try {
    if (value === null) sessionStorage.removeItem(key);
    else sessionStorage.setItem(key, JSON.stringify(value));
  } catch { /* storage full or forbidden: the page still works */ }
}

function saveDraft(form) {
  store(draftKey(form), kept(form).map((el) => [el.name, el.matches('[type=checkbox], [type=radio]') ? el.checked : el.value]));
}

function restoreDraft(form) {
  let held = null;
  try { held = JSON.parse(sessionStorage.getItem(draftKey(form))); } catch { /* an unreadable draft is no draft */ }
  const fields = kept(form);
  if (!held || held.length !== fields.length || held.some(([name], place) => name !== fields[place].name)) return;
  let changed = false;
  held.forEach(([, value], place) => { changed = putBack(fields[place], value) || changed; });
  if (changed) note(form);
}

function putBack(el, value) {
  const property = typeof value === 'boolean' ? 'checked' : 'value';
  if (el[property] === value) return false;
  el[property] = value;
  if (el.matches('select')) el.dataset.touched = 'yes';
  return true;
}

function note(form) {
  const line = document.createElement('p');
  line.className = 'draft-note';
  line.setAttribute('role', 'status');
  line.textContent = word('draft');
  form.append(line);
}

function busy(form, on) {
  if (on) sending.add(form); else sending.delete(form);
  form.setAttribute('aria-busy', String(on));
  for (const button of form.querySelectorAll('button:not([type=button])')) button.setAttribute('aria-disabled', String(on));
}

async function send(form, button) {
  const body = new FormData(form, button?.name ? button : undefined);
  const action = button?.getAttribute('formaction') || form.getAttribute('action') || location.href;
  busy(form, true);
  say(word('sending'));
  try {
    const answer = await fetch(action, { method: 'POST', body, headers: { 'X-Partial': '1' }, credentials: 'same-origin' });
    await (answer.ok ? accepted(form, answer) : refused(form, answer));
  } catch {
    explain(form, word('unsent'));
  } finally {
    busy(form, false);
  }
}

// 204 with X-Location: go on there. Any other good answer: the page stays, the form is told through an event.
async function accepted(form, answer) {
  store(draftKey(form), null);
  const next = answer.headers.get('X-Location');
  if (next) return go(next);
  form.dispatchEvent(new CustomEvent('callcenter:sent', { bubbles: true, detail: { text: await answer.text() } }));
  return undefined;
}

function go(next) {
  const to = new URL(next, location.href);
  if (to.origin !== location.origin) return;
  const here = to.pathname + to.search === location.pathname + location.search;
  location.assign(to);
  if (here && to.hash) location.reload(); // only the anchor differs: the browser would not fetch the page
}

// JSON: {message, fields: {name: reason}}. HTML: the same form written again with its errors.
async function refused(form, answer) {
  if (!answer.headers.get('Content-Type')?.includes('json')) return rewritten(form, await answer.text());
  const told = await answer.json();
  form.dispatchEvent(new CustomEvent('callcenter:refused', { bubbles: true }));
  for (const el of kept(form)) mark(el, told.fields?.[el.name]);
  explain(form, told.message || word('unsent'));
  return undefined;
}

function mark(el, reason) {
  if (reason) el.setAttribute('aria-invalid', 'true');
  else el.removeAttribute('aria-invalid');
  const place = document.getElementById(`${el.id}-error`);
  if (place) place.textContent = reason ?? '';
}

function explain(form, text) {
  const place = form.querySelector('.form-error');
  if (place) place.textContent = text;
  else say(text, true);
  (form.querySelector('[aria-invalid=true]') ?? place)?.scrollIntoView({ block: 'center' });
  form.querySelector('[aria-invalid=true]')?.focus();
}

function rewritten(form, html) {
  const page = new DOMParser().parseFromString(html, 'text/html');
  const next = (form.id && page.getElementById(form.id)) || page.querySelector(`form[action="${CSS.escape(form.getAttribute('action') ?? '')}"]`);
  if (!next) return explain(form, word('unsent'));
  form.replaceChildren(...next.childNodes);
  tick();
  const wrong = form.querySelector('[aria-invalid=true]');
  wrong?.focus();
  return say(form.querySelector('.form-error')?.textContent || form.querySelector('.error:not(:empty)')?.textContent || '', true);
}

function submitted(event) {
  const form = event.target;
  if ('forget' in form.dataset && !forgotten()) return event.preventDefault();
  if (!('guard' in form.dataset) || event.defaultPrevented) return;
  if (sending.has(form)) return event.preventDefault();
  if (form.dataset.guard === 'plain') return busy(form, true);
  event.preventDefault();
  return send(form, event.submitter);
}

// Signing out at a shared desk leaves none of one's words behind; what waits on a technician's phone stays for them, and is said.
function forgotten() {
  let waiting = 0;
  try {
    waiting = JSON.parse(localStorage.getItem('callcenter.field.waiting') || '{}')[document.body.dataset.user] ?? 0;
  } catch { /* nothing was kept */ }
  if (waiting && !confirm(word('unsentKept').replace('{}', waiting))) return false;
  globalThis.caches?.delete('field-page');
  try { sessionStorage.clear(); } catch { /* nothing was kept */ }
  return true;
}

export function start() {
  document.addEventListener('submit', submitted);
  document.addEventListener('input', (e) => e.target.form?.matches('[data-guard]:not([data-guard=plain])') && saveDraft(e.target.form));
  document.addEventListener('callcenter:kept', (e) => store(draftKey(e.target), null)); // the server has it: what lies here would only grow old
  addEventListener('pageshow', () => document.querySelectorAll('form[data-guard]').forEach((form) => busy(form, false)));
  for (const form of document.querySelectorAll('form[data-guard]:not([data-guard=plain])')) restoreDraft(form);
}
