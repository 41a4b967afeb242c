// Signing on glass: strokes that can be taken back, a name, and in the end a picture.
import { blob } from './field-photo.js';

let strokes = [];
let drawing = null;
let done = () => {};

const pad = () => document.getElementById('sign-pad');
const glass = () => document.getElementById('sign-glass');
const name = () => document.getElementById('sign-name');

function at(event) {
  const box = glass().getBoundingClientRect();
  return [(event.clientX - box.left) * (glass().width / box.width), (event.clientY - box.top) * (glass().height / box.height)];
}

// Always black on white, whatever the look of the page: it is printed.
function paint() {
  const pen = glass().getContext('2d');
  pen.fillStyle = '#fff';
  pen.fillRect(0, 0, glass().width, glass().height);
  pen.lineWidth = 6;
  pen.lineCap = pen.lineJoin = 'round';
  pen.strokeStyle = '#111';
  for (const stroke of strokes) {
    pen.beginPath();
    pen.moveTo(...stroke[0]);
    for (const point of stroke) pen.lineTo(...point);
    pen.stroke();
  }
}

function down(event) {
  glass().setPointerCapture?.(event.pointerId);
  drawing = [at(event)];
  strokes.push(drawing);
  paint();
}

function move(event) {
  if (!drawing) return;
  drawing.push(at(event));
  paint();
}

async function finish() {
  const given = name().value.trim();
  const error = document.getElementById('sign-error');
  error.textContent = given && strokes.some((stroke) => stroke.length > 1) ? '' : error.dataset.missing;
  if (error.textContent) return;
  const made = await blob(glass(), 'image/png');
  pad().close();
  await done(given, made);
}

// Opens the glass; then is called with the name and the picture once signed.
export function sign(before, then) {
  strokes = [];
  done = then;
  name().value = before;
  document.getElementById('sign-error').textContent = '';
  paint();
  pad().showModal();
}

export function start() {
  if (!pad()) return;
  glass().addEventListener('pointerdown', down);
  glass().addEventListener('pointermove', move);
  for (const end of ['pointerup', 'pointercancel']) glass().addEventListener(end, () => { drawing = null; });
  pad().addEventListener('click', (event) => {
    if (event.target.closest('[data-undo]')) { strokes.pop(); paint(); }
    if (event.target.closest('[data-clear]')) { strokes = []; paint(); }
    if (event.target.closest('[data-cancel]')) pad().close();
    if (event.target.closest('[data-done]')) finish();
  });
}
