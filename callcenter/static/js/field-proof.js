// Proof of arrival: a door's code read by the camera where the browser can, else typed; the position where the phone gives it.
const words = () => document.getElementById('field-words').dataset;
let stream = null;

function told(form, name, text) {
  const place = form.querySelector(`[id$="-${name}-error"]`);
  if (place) place.textContent = text;
}

function position(form) {
  told(form, 'position', '');
  const none = () => told(form, 'position', words().noPosition);
  if (!navigator.geolocation) return none();
  return navigator.geolocation.getCurrentPosition(({ coords }) => {
    form.elements.position.value = `${coords.latitude.toFixed(6)},${coords.longitude.toFixed(6)} ±${Math.round(coords.accuracy)}`;
  }, none, { enableHighAccuracy: true, timeout: 15000, maximumAge: 60000 });
}

async function scan(form) {
  const glass = document.getElementById('door-camera');
  told(form, 'code', '');
  try {
    const reader = new BarcodeDetector({ formats: ['qr_code'] });
    stream = await navigator.mediaDevices.getUserMedia({ video: { facingMode: 'environment' } });
    const video = glass.querySelector('video');
    video.srcObject = stream;
    glass.showModal();
    await video.play();
    await look(reader, video, form);
  } catch {
    told(form, 'code', words().noCamera);
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

function filled(form, code) {
  form.elements.code.value = code.replace(/\/+$/, '').split('/').pop();
  const choice = form.querySelector('input[name=proof][value=scan]');
  if (choice) choice.checked = true;
}

// A door's address opened with the phone's own camera leads here with its code: /field#at=CODE
function fromAddress() {
  const code = /^#at=([0-9A-Za-z]{4,12})$/.exec(location.hash)?.[1];
  if (code) for (const form of document.querySelectorAll('form[data-action=arrive]')) filled(form, code);
}

export function start() {
  document.addEventListener('click', (event) => {
    const form = event.target.closest('form');
    if (event.target.closest('[data-position]')) position(form);
    if (event.target.closest('[data-scan]')) scan(form);
    if (event.target.closest('#door-camera [data-cancel]')) over();
  });
  addEventListener('hashchange', fromAddress);
  fromAddress();
}
