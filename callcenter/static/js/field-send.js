// Sends what waits, in order, each once: the key makes a repetition harmless, a lock keeps page and worker from sending together.
import * as store from './field-store.js';

const HEADERS = { 'X-Partial': '1' };

// The server's word on who is signed in, its time and a token; also what this phone's clock is off by. Throws without network.
export async function state(address) {
  const before = Date.now();
  const answer = await fetch(address, { headers: HEADERS, credentials: 'same-origin', cache: 'no-store' });
  if (!answer.ok || !answer.headers.get('Content-Type')?.includes('json')) return { signedOut: answer.status === 401 || answer.redirected, busy: answer.status >= 500 };
  const told = await answer.json();
  await store.keep('offset', Math.round(told.now - (before + Date.now()) / 2));
  return told;
}

// How it ended: sent, waiting (no network), signed-out, other (somebody else than *user* has signed in). changed() is called after every step.
export function flush(address, changed = () => {}, user = null) {
  const work = () => all(address, changed, user);
  return globalThis.navigator?.locks ? navigator.locks.request('callcenter.field.send', work) : work();
}

// Who may send now, with what: {end} says why nobody may.
async function ready(address, user) {
  let told;
  try {
    told = await state(address);
  } catch {
    return { end: 'waiting', away: true };
  }
  if (told.signedOut) return { end: 'signed-out' };
  if (told.busy) return { end: 'waiting' };
  return user && told.user !== user ? { end: 'other' } : told;
}

async function all(address, changed, user) {
  const told = await ready(address, user);
  if (told.away) await late();
  if (told.end) return told.end;
  const stuck = new Set();
  for (const entry of await store.mine(told.user)) {
    if (entry.state === 'refused') stuck.add(entry.number);
    if (stuck.has(entry.number)) continue;
    const end = await one(entry, told.token);
    if (end === 'refused') stuck.add(entry.number);
    await changed(entry, end);
    if (end === 'waiting' || end === 'signed-out') return end;
  }
  return 'sent';
}

// For a phone that can keep nothing more: by itself, now or not at all; a refusal is written into the entry.
export async function atOnce(address, entry) {
  const told = await ready(address, entry.user);
  try {
    return told.end ?? (await posted({ ...entry, offline: false }, told.token, entry));
  } catch {
    return 'waiting';
  }
}

// Whatever could not be sent at once was made without network.
async function late() {
  for (const entry of await store.entries()) if (!entry.offline) await store.put({ ...entry, offline: true });
}

async function one(entry, token) {
  let end;
  try {
    end = await posted(entry, token, entry);
  } catch {
    await late();
    return 'waiting';
  }
  if (end === 'sent') await store.remove(entry);
  if (end === 'refused') await store.put(entry);
  return end;
}

// What became of it; why it was refused is written into *told*. Throws without network.
async function posted(entry, token, told) {
  const answer = await fetch(entry.url, { method: 'POST', body: body(entry, token), headers: HEADERS, credentials: 'same-origin' });
  if (answer.ok) return 'sent';
  if (answer.status === 401) return 'signed-out';
  if (answer.status === 429 || answer.status >= 500) return 'waiting';
  await refused(told, answer);
  return 'refused';
}

function body(entry, token) {
  const form = new FormData();
  for (const [name, value] of entry.fields) form.append(name, value);
  if (entry.picture) form.append('photo', new Blob([entry.picture], { type: entry.media }), `photo.${entry.media.split('/')[1]}`);
  form.set('csrf_token', token);
  form.set('key', entry.key);
  form.set('quiet', '1'); // this page says itself what became of it
  if (entry.offline) {
    form.set('device_at', String(entry.deviceAt));
    form.set('device_offset', String(entry.offset ?? 0));
    form.set('device_offline', '1');
  }
  return form;
}

async function refused(entry, answer) {
  let told = {};
  try { told = await answer.json(); } catch { /* no words came: the status must do */ }
  entry.state = 'refused';
  entry.reason = told.message || `HTTP ${answer.status}`;
  entry.wrong = told.fields ?? {};
}
