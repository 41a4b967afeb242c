// Says that a ticket is open on this page, and who else has it open: <p data-looking="/tickets/N/looking" data-number="N" data-every="20" hidden>.
const tab = Math.random().toString(36).slice(2, 12);
const place = () => document.querySelector('[data-looking]');
let known = true; // false once the house has said that nobody can know

function said(leaves) {
  const form = new FormData();
  form.set('csrf_token', document.querySelector('meta[name=csrf-token]').content);
  form.set('tab', tab);
  if (leaves) form.set('leaves', 'yes');
  return form;
}

async function looks() {
  const el = place();
  if (!el || !known || document.visibilityState === 'hidden') return;
  try {
    const answer = await fetch(el.dataset.looking, { method: 'POST', body: said(false), headers: { 'X-Partial': '1' }, credentials: 'same-origin' });
    if (answer.status === 204) known = false;
    if (!answer.ok || !known) return show(el, '');
    show(el, await answer.text());
  } catch { show(el, ''); } // without network nobody is known to be there
}

function show(el, html) {
  if (el.innerHTML.trim() !== html.trim()) el.innerHTML = html;
  el.hidden = !html.trim();
}

function leaves() {
  if (place() && known) navigator.sendBeacon(place().dataset.looking, said(true));
}

if (place()) {
  looks();
  setInterval(looks, Number(place().dataset.every) * 1000);
  document.addEventListener('callcenter:looking', (event) => event.detail.number === place()?.dataset.number && looks());
  document.addEventListener('visibilitychange', () => (document.visibilityState === 'hidden' ? leaves() : looks()));
  addEventListener('pagehide', leaves);
  addEventListener('pageshow', (event) => event.persisted && looks());
}
