// What waits on this phone: acts and pictures made without network, one database for all who use the phone, each entry its owner's.
const NAME = 'callcenter.field';
const COUNT = 'callcenter.field.waiting'; // user -> how many wait: what signing out looks at, on any page
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

export const entries = async () => (await within('queue', 'readonly', (s) => s.getAll())) ?? [];
export const mine = async (user) => (await entries()).filter((entry) => entry.user === user);

export async function add(entry) {
  const id = await within('queue', 'readwrite', (s) => s.add(entry));
  await count(entry.user);
  return id;
}

export const put = (entry) => within('queue', 'readwrite', (s) => s.put(entry));

export async function remove(entry) {
  await within('queue', 'readwrite', (s) => s.delete(entry.id));
  await count(entry.user);
}

export const keep = (name, value) => within('known', 'readwrite', (s) => s.put({ name, value }));
export const kept = async (name) => (await within('known', 'readonly', (s) => s.get(name)))?.value;

// A worker has no localStorage; the page counts again when it looks.
export async function count(user) {
  if (!globalThis.localStorage) return;
  const all = JSON.parse(localStorage.getItem(COUNT) || '{}');
  const many = (await mine(user)).length;
  if (many) all[user] = many; else delete all[user];
  localStorage.setItem(COUNT, JSON.stringify(all));
}
