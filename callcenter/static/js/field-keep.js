// An act or a picture as it is kept: on the phone first; where the phone can keep nothing more, straight with the server.
import * as store from './field-store.js';
import { atOnce } from './field-send.js';

const newKey = () => (crypto.randomUUID ? crypto.randomUUID() : [...crypto.getRandomValues(new Uint32Array(4))].map((n) => n.toString(16)).join(''));

// What was pressed just now, with the time of this phone and what its clock is off by.
export async function entry(user, number, url, label, more) {
  return { user, number, url, label, key: newKey(), deviceAt: Date.now(), offset: (await store.kept('offset')) ?? 0,
    offline: !navigator.onLine, state: 'waiting', ...more };
}

// Whether the phone keeps it; *replaces* is the place of one that was refused.
export async function stored(made, replaces = 0) {
  try {
    if (replaces) await store.put({ ...made, id: replaces });
    made.id = replaces || (await store.add(made));
    return true;
  } catch {
    return false;
  }
}

// By itself to the server, now: why that was not possible, in words, or nothing.
export async function straight(made, address, words) {
  const end = await atOnce(address, made);
  return { sent: '', refused: made.reason, waiting: words.full }[end] ?? words.again;
}
