// The worker of the technicians' page: opens it without network as it was last seen, and sends what waits when the network is back.
import { flush } from '/static/js/field-send.js';

const SHELL = 'field-shell-1';
const PAGE = 'field-page';
const PATIENCE = 4000; // milliseconds a weak network is given before the kept page is shown
const HERE = new URL(self.registration.scope).pathname;

self.addEventListener('install', () => self.skipWaiting());
self.addEventListener('activate', (event) => event.waitUntil(tidy().then(() => self.clients.claim())));
self.addEventListener('fetch', (event) => {
  const { request } = event;
  const url = new URL(request.url);
  if (request.method !== 'GET' || url.origin !== location.origin) return;
  if (request.mode === 'navigate' && url.pathname === HERE) event.respondWith(page(request));
  else if (url.pathname.startsWith('/static/')) event.respondWith(part(event, request));
});
self.addEventListener('sync', (event) => {
  if (event.tag === 'field-send') event.waitUntil(flush(`${HERE}/state`).then((end) => end === 'waiting' && Promise.reject(new Error(end))));
});

async function tidy() {
  for (const name of await caches.keys()) if (name.startsWith('field-shell') && name !== SHELL) await caches.delete(name);
}

// The network first; what it gives is kept, unless it is the way to sign in: then nothing of the person before stays.
async function page(request) {
  const kept = await (await caches.open(PAGE)).match(HERE);
  try {
    const answer = await (kept ? hurried(request) : fetch(request));
    if (answer.redirected || answer.type === 'opaqueredirect') await caches.delete(PAGE);
    else if (answer.ok) await (await caches.open(PAGE)).put(HERE, answer.clone());
    return answer;
  } catch {
    return kept ?? Response.error();
  }
}

function hurried(request) {
  const late = new Promise((_, reject) => { setTimeout(() => reject(new Error('late')), PATIENCE); });
  return Promise.race([fetch(request), late]);
}

// Scripts and styles: what is kept at once, and a newer one for the next time.
async function part(event, request) {
  const shell = await caches.open(SHELL);
  const kept = await shell.match(request);
  const fresh = fetch(request).then(async (answer) => {
    if (answer.ok) await shell.put(request, answer.clone());
    return answer;
  });
  if (!kept) return fresh.catch(() => Response.error());
  event.waitUntil(fresh.catch(() => undefined));
  return kept;
}
