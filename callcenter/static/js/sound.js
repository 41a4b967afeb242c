// Short generated tones, no audio files. Off until the person switches them on; the choice stays in this browser.
import { say, word } from './words.js';

const TUNES = { soon: [660], late: [880, 660, 880], call: [523, 659, 523, 659] };
const KEY = 'callcenter.sound';
let context = null;

const button = () => document.querySelector('[data-action=sound]');

function wanted() {
  try { return localStorage.getItem(KEY) === 'on'; } catch { return false; }
}

function remember(on) {
  try { localStorage.setItem(KEY, on ? 'on' : 'off'); } catch { /* private window: the choice lasts for this page */ }
}

function show(on) {
  const el = button();
  if (!el) return;
  el.setAttribute('aria-pressed', String(on));
  const use = el.querySelector('use');
  use?.setAttribute('href', use.getAttribute('href').replace(/#.*/, on ? '#sound' : '#muted'));
}

// Browsers let a page sound only after a first touch or key, so the context is made then.
function wake() {
  if (wanted() && !context) context = new AudioContext();
  context?.resume();
}

export function beep(kind) {
  if (!context || !wanted()) return;
  (TUNES[kind] ?? TUNES.soon).forEach((pitch, place) => note(pitch, context.currentTime + place * 0.22));
}

function note(pitch, at) {
  const tone = context.createOscillator();
  const volume = context.createGain();
  tone.frequency.value = pitch;
  volume.gain.setValueAtTime(0.0001, at);
  volume.gain.exponentialRampToValueAtTime(0.2, at + 0.02);
  volume.gain.exponentialRampToValueAtTime(0.0001, at + 0.2);
  tone.connect(volume).connect(context.destination);
  tone.start(at);
  tone.stop(at + 0.21);
}

function toggle() {
  const on = !wanted();
  remember(on);
  show(on);
  wake();
  beep('soon');
  say(word(on ? 'soundOn' : 'soundOff'));
}

export function start() {
  button()?.addEventListener('click', toggle);
  show(wanted());
  for (const kind of ['pointerdown', 'keydown']) addEventListener(kind, wake, { once: true });
}
