// Pictures a resident sends: made small on the telephone, sent one after another; without this script the form sends one as it is.
import { smaller } from './field-photo.js';

const form = document.getElementById('photo-form');

async function send(file) {
  let small;
  try { small = await smaller(file); } catch { return form.querySelector('.form-error').dataset.none; }
  const body = new FormData(form);
  body.set('photo', small, 'photo.jpg');
  body.set('key', crypto.randomUUID ? crypto.randomUUID() : [...crypto.getRandomValues(new Uint32Array(4))].join(''));
  const answer = await fetch(form.action, { method: 'POST', body, headers: { 'X-Partial': '1' }, credentials: 'same-origin' });
  if (answer.ok) return '';
  try { return (await answer.json()).message; } catch { return form.querySelector('.form-error').dataset.unsent; }
}

async function taken(input) {
  const told = form.querySelector('.form-error');
  const files = [...input.files];
  let wrong = '';
  told.textContent = '';
  form.setAttribute('aria-busy', 'true');
  input.disabled = true;
  try {
    for (const file of files) wrong ||= await send(file);
  } catch {
    wrong = told.dataset.unsent;
  }
  input.disabled = false;
  input.value = '';
  form.removeAttribute('aria-busy');
  if (wrong) told.textContent = wrong;
  else location.assign(form.dataset.photos);
}

if (form) {
  document.body.classList.add('scripted');
  form.elements.photo.multiple = true;
  form.addEventListener('change', (event) => taken(event.target));
}
