// The simulated telephones: a key, a ring or a word is sent without leaving the page; then the telephones are looked at again.
import { refresh } from './live.js';

const telephones = document.getElementById('telephones');
const problem = document.getElementById('phones-error');
const token = document.querySelector('meta[name="csrf-token"]').content;

async function send(form, button) {
  const body = new FormData(form, button?.name ? button : undefined);
  try {
    const answer = await fetch(form.action, { method: 'POST', body, credentials: 'same-origin',
      headers: { 'X-CSRFToken': token, 'X-Partial': '1', Accept: 'application/json' } });
    problem.textContent = answer.ok ? '' : (await answer.json().catch(() => ({}))).message ?? String(answer.status);
  } catch {
    problem.textContent = problem.dataset.away ?? '—';
  }
  refresh(telephones);
}

document.addEventListener('submit', (event) => {
  if (!event.target.matches('form[data-phone]')) return;
  event.preventDefault();
  send(event.target, event.submitter);
});

// What was heard last is what is seen.
function newest() {
  for (const heard of telephones.querySelectorAll('.bubbles')) heard.scrollTop = heard.scrollHeight;
}

telephones.addEventListener('callcenter:refreshed', newest);
newest();
