// What waits on this phone: acts and pictures made without network, one database for all who use the phone, each entry its owner's.
const NAME = 'callcenter.field';
const COUNT = 'callcenter.field.waiting'; // user -> how many wait: what signing out looks at, on any page
const others = globalThis.BroadcastChannel ? new BroadcastChannel(NAME) : null;
let opened = null;

function open() {
  opened ??= new Promise((resolve, reject) => {
    const asked = indexedDB.open(NAME, 1);
    asked.onupgradeneeded = () => {
      asked.result.createObjectStore('queue', { keyPath: 'id', autoIncrement: true });
      asked.result.createObjectStore('known', { keyPath: 'name' });
    };
    asked.onsuccess = () => resolve(asked.result);
    asked.onerror = () => { opened = null; reject(asked.error); };
  });
  return opened;
}

async function within(store, mode, work) {
  const base = await open();
  return new Promise((resolve, reject) => {
    const turn = base.transaction(store, mode);
    const asked = work(turn.objectStore(store));
    turn.oncomplete = () => resolve(asked?.result);
    turn.onerror = turn.onabort = () => reject(turn.error ?? asked?.error);
  });
}

// A phone that lets nothing be kept has nothing that waits; only adding to it says so, by failing.
const orNothing = (asked, nothing) => asked.catch(() => nothing);

export const entries = async () => (await orNothing(within('queue', 'readonly', (s) => s.getAll()), [])) ?? [];
export const mine = async (user) => (await entries()).filter((entry) => entry.user === user);

async function changed(user) {
  others?.postMessage('changed');
  await count(user);
}

export async function add(entry) {
  const id = await within('queue', 'readwrite', (s) => s.add(entry));
  await changed(entry.user);
  return id;
}

export async function put(entry) {
  await within('queue', 'readwrite', (s) => s.put(entry));
  others?.postMessage('changed');
}

export async function remove(entry) {
  await within('queue', 'readwrite', (s) => s.delete(entry.id));
  await changed(entry.user);
}

// Called when another tab, or the worker, has added something or sent it.
export function onChange(told) {
  if (others) others.onmessage = told;
}

export const keep = (name, value) => orNothing(within('known', 'readwrite', (s) => s.put({ name, value })));
export const kept = async (name) => (await orNothing(within('known', 'readonly', (s) => s.get(name))))?.value;

// A worker has no localStorage; the page counts again when it looks.
export async function count(user) {
  if (!globalThis.localStorage) return;
  const many = (await mine(user)).length;
  try {
    const all = JSON.parse(localStorage.getItem(COUNT) || '{}');
    if (many) all[user] = many; else delete all[user];
    localStorage.setItem(COUNT, JSON.stringify(all));
  } catch { /* full or forbidden: signing out cannot warn, what waits is kept all the same */ }
}
