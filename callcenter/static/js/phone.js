// The browser telephone in its own window: registered once, in one window only; what happens is told to the desk's pages.
const box = document.getElementById('softphone');
const by = (id) => document.getElementById(id);
const REGISTER_WITHIN = 8000; // milliseconds: offline, the provider's register() never settles
const channel = new BroadcastChannel('callcenter-phone');
let device = null;
let call = null;
let state = 'connecting';

function show(next, reason = '') {
  state = next;
  by('phone-state').dataset.state = next;
  by('phone-state').textContent = box.dataset[next] ?? next;
  by('phone-state').className = `chip chip-${{ ready: 'ok', talking: 'ok', rings: 'warn', unconnected: 'bad' }[next] ?? 'neutral'}`;
  by('phone-reason').textContent = reason;
  by('phone-call').hidden = !call;
  by('phone-answer').hidden = next !== 'rings';
  by('phone-mute').hidden = next !== 'talking';
  by('phone-keys').hidden = next !== 'talking';
  tell();
}

const tell = () => channel.postMessage({ state, call: call?.parameters.CallSid ?? null });

async function token() {
  const csrf = document.querySelector('meta[name=csrf-token]').content;
  const answer = await fetch(box.dataset.token, { method: 'POST', headers: { 'X-CSRFToken': csrf, 'X-Partial': '1' }, credentials: 'same-origin' });
  const told = await answer.json();
  if (!answer.ok) throw new Error(told.message);
  return told.token;
}

// ---- connecting ------------------------------------------------------------------------------------------

async function connect() {
  if (!window.Twilio?.Device) return show('unconnected', box.dataset.noScript);
  try {
    device = new window.Twilio.Device(await token(), { closeProtection: true, logLevel: 'silent', sounds: silent() });
  } catch (wrong) {
    return show('unconnected', wrong.message);
  }
  device.audio?.incoming(false);
  const late = setTimeout(() => state === 'connecting' && show('unconnected', box.dataset.slow), REGISTER_WITHIN);
  device.on('registered', () => { clearTimeout(late); if (!call) show('ready'); });
  device.on('unregistered', () => show('unconnected'));
  device.on('error', (wrong) => { if (!call) { clearTimeout(late); show('unconnected', wrong.message); } });
  device.on('tokenWillExpire', async () => { try { device.updateToken(await token()); } catch (wrong) { show('unconnected', wrong.message); } });
  device.on('incoming', incoming);
  return device.register().catch((wrong) => show('unconnected', wrong.message));
}

// Our own pages make the sounds; none is fetched from elsewhere.
function silent() {
  const names = ['incoming', 'outgoing', 'disconnect', ...[...'0123456789'].map((key) => `dtmf${key}`), 'dtmfs', 'dtmfh'];
  return Object.fromEntries(names.map((name) => [name, box.dataset.silence]));
}

// ---- a call ----------------------------------------------------------------------------------------------

function incoming(next) {
  if (call) return next.reject();
  call = next;
  const over = () => { if (call === next) { call = null; show(device.state === 'registered' ? 'ready' : 'unconnected'); } };
  for (const word of ['cancel', 'disconnect', 'reject']) next.on(word, over);
  next.on('error', (wrong) => { by('phone-reason').textContent = wrong.code === 31401 ? box.dataset.microphone : wrong.message; });
  next.on('accept', () => show('talking'));
  show('rings', next.parameters.From ?? '');
  return by('phone-answer').focus();
}

function hangUp() {
  if (!call) return;
  if (state === 'rings') return call.reject();
  const csrf = document.querySelector('meta[name=csrf-token]').content;
  fetch(box.dataset.hangUp, { method: 'POST', headers: { 'X-CSRFToken': csrf, 'X-Partial': '1' }, credentials: 'same-origin' }).catch(() => {});
  return call.disconnect();
}

function mute() {
  if (!call) return;
  call.mute(!call.isMuted());
  by('phone-mute').setAttribute('aria-pressed', String(call.isMuted()));
}

channel.addEventListener('message', ({ data }) => {
  if (data.ask) tell();
  if (data.answer && call && state === 'rings') call.accept();
});
by('phone-answer').addEventListener('click', () => call?.accept());
by('phone-mute').addEventListener('click', mute);
by('phone-hang-up').addEventListener('click', hangUp);
for (const key of document.querySelectorAll('[data-digit]')) key.addEventListener('click', () => call?.sendDigits(key.dataset.digit));
addEventListener('pagehide', () => device?.destroy());

// One window rings: the lock is held for as long as this one is open.
if (box.dataset.kind !== 'browser') show('elsewhere');
else navigator.locks.request('callcenter-phone', { ifAvailable: true }, (lock) => {
  if (!lock) return show('other');
  connect();
  return new Promise(() => {});
});
