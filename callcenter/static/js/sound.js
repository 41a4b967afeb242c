// Short generated tones, no audio files. Off until the person switches them on; kinds, volume and quiet hours stay in this browser.
import { say, word } from './words.js';

const TUNES = { soon: [660], late: [880, 660, 880], call: [523, 659, 523, 659], raised: [784, 988], arrived: [587, 784] };
const KEY = 'callcenter.sounds';
const LOUDEST = 0.4;
// Whoever asks the system for calm gets fewer and softer tones to begin with.
const calm = matchMedia('(prefers-reduced-motion: reduce)').matches;
const FIRST = { on: false, kinds: calm ? ['call', 'late'] : Object.keys(TUNES), volume: calm ? 30 : 60, quiet: false, from: '22:00', until: '07:00' };
let context = null;
let forTonight = null; // where nothing may be stored the choice lasts for this page

const button = () => document.querySelector('[data-action=sound]');
const dialog = () => document.getElementById('sounds');

function choice() {
  try { return { ...FIRST, ...(forTonight ?? JSON.parse(localStorage.getItem(KEY))) }; } catch { return FIRST; }
}

function remember(chosen) {
  try { localStorage.setItem(KEY, JSON.stringify(chosen)); } catch { forTonight = chosen; }
}

// ---- whether and how it sounds -----------------------------------------------------------------------------

// Hours over midnight are meant as one night.
export function silent({ quiet, from, until }, at = new Date()) {
  if (!quiet || from === until) return false;
  const now = `${String(at.getHours()).padStart(2, '0')}:${String(at.getMinutes()).padStart(2, '0')}`;
  return from < until ? now >= from && now < until : now >= from || now < until;
}

// Browsers let a page sound only after a first touch or key, so the context is made then.
function wake() {
  if (choice().on && !context) context = new AudioContext();
  context?.resume();
}

export function beep(kind) {
  const chosen = choice();
  if (!chosen.on || !chosen.kinds.includes(kind) || silent(chosen)) return;
  document.dispatchEvent(new CustomEvent('callcenter:sounded', { detail: { kind } }));
  play(kind, chosen.volume);
}

function play(kind, volume) {
  if (!context) return;
  TUNES[kind].forEach((pitch, place) => note(pitch, context.currentTime + place * 0.22, LOUDEST * (volume / 100) ** 2));
}

function note(pitch, at, loud) {
  const tone = context.createOscillator();
  const volume = context.createGain();
  tone.frequency.value = pitch;
  volume.gain.setValueAtTime(0.0001, at);
  volume.gain.exponentialRampToValueAtTime(loud, at + 0.02);
  volume.gain.exponentialRampToValueAtTime(0.0001, at + 0.2);
  tone.connect(volume).connect(context.destination);
  tone.start(at);
  tone.stop(at + 0.21);
}

// ---- what is new on the page: <tr data-chime="raised" id="escalation-7"> -----------------------------------

const known = new Set();

function fresh() {
  const found = [...document.querySelectorAll('[data-chime][id]')].filter((el) => !known.has(el.id));
  for (const el of found) known.add(el.id);
  return found;
}

function chime() {
  for (const kind of new Set(fresh().map((el) => el.dataset.chime))) beep(kind);
}

// ---- the panel ---------------------------------------------------------------------------------------------

function show({ on }) {
  const el = button();
  if (!el) return;
  el.setAttribute('aria-pressed', String(on));
  const use = el.querySelector('use');
  use?.setAttribute('href', use.getAttribute('href').replace(/#.*/, on ? '#sound' : '#muted'));
}

function fill(form, chosen) {
  form.elements.on.checked = chosen.on;
  form.elements.volume.value = chosen.volume;
  form.elements.quiet.checked = chosen.quiet;
  for (const name of ['from', 'until']) form.elements[name].value = chosen[name];
  for (const box of form.elements.kind) box.checked = chosen.kinds.includes(box.value);
}

function read(form) {
  const kinds = [...form.elements.kind].filter((box) => box.checked).map((box) => box.value);
  return { on: form.elements.on.checked, kinds, volume: Number(form.elements.volume.value), quiet: form.elements.quiet.checked,
    from: form.elements.from.value || FIRST.from, until: form.elements.until.value || FIRST.until };
}

function changed(event) {
  const chosen = read(event.currentTarget);
  remember(chosen);
  show(chosen);
  wake();
  if (event.target.name === 'on') say(word(chosen.on ? 'soundOn' : 'soundOff'));
  if (chosen.on && ['on', 'volume'].includes(event.target.name)) play('soon', chosen.volume);
}

function tried(event) {
  const kind = event.target.closest('[data-try]')?.dataset.try;
  if (!kind) return;
  context ??= new AudioContext();
  context.resume();
  play(kind, choice().volume);
}

function open() {
  fill(dialog().querySelector('form'), choice());
  dialog().showModal();
}

export function start() {
  button()?.addEventListener('click', open);
  dialog()?.querySelector('form').addEventListener('change', changed);
  dialog()?.addEventListener('click', tried);
  show(choice());
  fresh();
  document.addEventListener('callcenter:refreshed', chime);
  addEventListener('storage', (event) => event.key === KEY && show(choice())); // another tab of this browser
  for (const kind of ['pointerdown', 'keydown']) addEventListener(kind, wake, { once: true });
}
