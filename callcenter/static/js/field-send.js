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

// How it ended: sent, waiting (no network), signed-out. changed() is called after every step.
export function flush(address, changed = () => {}) {
  const work = () => all(address, changed);
  return globalThis.navigator?.locks ? navigator.locks.request('callcenter.field.send', work) : work();
}

async function all(address, changed) {
  let told;
  try {
    told = await state(address);
  } catch {
    await late();
    return 'waiting';
  }
  if (told.signedOut) return 'signed-out';
  if (told.busy) return 'waiting';
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

// Whatever could not be sent at once was made without network.
async function late() {
  for (const entry of await store.entries()) if (!entry.offline) await store.put({ ...entry, offline: true });
}

async function one(entry, token) {
  let answer;
  try {
    answer = await fetch(entry.url, { method: 'POST', body: body(entry, token), headers: HEADERS, credentials: 'same-origin' });
  } catch {
    await late();
    return 'waiting';
  }
  if (answer.ok) {
    await store.remove(entry);
    return 'sent';
  }
  if (answer.status === 401) return 'signed-out';
  if (answer.status === 429 || answer.status >= 500) return 'waiting';
  await refused(entry, answer);
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
  await store.put(entry);
}
