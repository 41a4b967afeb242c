// Proof of arrival: the customer's or the door's code read by the camera where the browser can, else typed; the position where the phone gives it.
const words = () => document.getElementById('field-words').dataset;
let stream = null;

function told(form, name, text) {
  const place = form.querySelector(`[id$="-${name}-error"]`);
  if (place) place.textContent = text;
}

// What each proof cannot do without: asked for before it is kept, since without network nobody else would say so for hours.
const NEEDS = { code: 'code', scan: 'code', position: 'position', none: 'reason' };

export function lacking(form) {
  const name = NEEDS[form.querySelector('input[name=proof]:checked')?.value];
  const field = name && form.elements[name];
  if (!field) return false;
  const missing = !field.value.trim();
  told(form, name, missing ? words().required : '');
  if (missing) field.focus();
  return missing;
}

const REFUSED = 1; // the person, or the telephone for them, does not let the page ask

function position(form) {
  const none = (why) => told(form, 'position', why?.code === REFUSED ? words().positionRefused : words().noPosition);
  if (!navigator.geolocation) return none();
  told(form, 'position', words().locating);
  return navigator.geolocation.getCurrentPosition(({ coords }) => {
    told(form, 'position', '');
    form.elements.position.value = `${coords.latitude.toFixed(6)},${coords.longitude.toFixed(6)} ±${Math.round(coords.accuracy)}`;
  }, none, { enableHighAccuracy: true, timeout: 15000, maximumAge: 60000 });
}

async function scan(form) {
  const glass = document.getElementById('door-camera');
  told(form, 'code', '');
  let video = null;
  try {
    const reader = new BarcodeDetector({ formats: ['qr_code'] });
    stream = await navigator.mediaDevices.getUserMedia({ video: { facingMode: 'environment' } });
    video = glass.querySelector('video');
    video.srcObject = stream;
    glass.showModal();
    await video.play();
    await look(reader, video, form);
  } catch {
    if (stream || !video) told(form, 'code', words().noCamera); // not when the person put the camera away
  } finally {
    over();
  }
}

async function look(reader, video, form) {
  while (stream) {
    const [found] = await reader.detect(video);
    if (found) {
      filled(form, found.rawValue);
      return;
    }
    await new Promise(requestAnimationFrame);
  }
}

function over() {
  for (const track of stream?.getTracks() ?? []) track.stop();
  stream = null;
  document.getElementById('door-camera').close();
}

// Four digits are the customer's code, anything else is a door's.
const isCustomers = (code) => /^\d{4}$/.test(code);

function filled(form, read) {
  const [, address, job] = /^([^?#]*)(?:\?job=([^&#]+))?/.exec(read);
  const code = address.replace(/\/+$/, '').split('/').pop();
  if (job && decodeURIComponent(job) !== form.dataset.queue) return told(form, 'code', words().otherJob);
  const choice = form.querySelector(`input[name=proof][value=${isCustomers(code) ? 'code' : 'scan'}]`);
  if (choice) choice.checked = true;
  form.elements.code.value = code;
  return keyboard(form);
}

// Digits for the customer's code, letters as well for a door's.
function keyboard(form) {
  const customers = form.querySelector('input[name=proof][value=code]')?.checked;
  form.elements.code.inputMode = customers ? 'numeric' : 'text';
}

// A code opened with the phone's own camera leads here: /field#at=CODE for a door, /field#at=1234&job=NUMBER on a customer's telephone.
function fromAddress() {
  const [, code, job] = /^#at=([0-9A-Za-z]{4,12})(?:&job=([^&]+))?$/.exec(location.hash) ?? [];
  if (!code) return;
  for (const form of document.querySelectorAll('form[data-action=arrive]')) {
    if (job ? decodeURIComponent(job) !== form.dataset.queue : isCustomers(code)) continue;
    filled(form, code);
    if (job) shown(form);
  }
}

function shown(form) {
  const step = form.closest('details');
  if (step) step.open = true;
  form.scrollIntoView({ block: 'center' });
}

export function start() {
  document.body.classList.toggle('can-scan', 'BarcodeDetector' in globalThis && Boolean(navigator.mediaDevices));
  document.addEventListener('change', (event) => event.target.matches('input[name=proof]') && keyboard(event.target.form));
  document.addEventListener('click', (event) => {
    const form = event.target.closest('form');
    if (event.target.closest('[data-position]')) position(form);
    if (event.target.closest('[data-scan]')) scan(form);
    if (event.target.closest('#door-camera [data-cancel]')) over();
  });
  document.getElementById('door-camera').addEventListener('close', over); // by Esc as well: no camera stays on
  addEventListener('hashchange', fromAddress);
  fromAddress();
}
