// Typing sheets in: 1–5 answer the item at hand and go to the next, 0 leaves one out; Enter saves.
const form = document.querySelector('form[data-digits]');
const items = form ? [...form.querySelectorAll('.mark[data-item]')] : [];

const typing = (el) => el.matches?.('input:not([type=radio], [type=checkbox]), textarea, select');

function at() {
  return items.findIndex((item) => item.classList.contains('now'));
}

function go(place) {
  items.forEach((item, n) => item.classList.toggle('now', n === place));
  if (place < items.length) items[place].scrollIntoView({ block: 'nearest' });
  else form.querySelector('textarea, button')?.focus();
}

function pressed(event) {
  if (event.isComposing || event.ctrlKey || event.metaKey || event.altKey || typing(event.target)) return;
  const place = at();
  if (event.key === 'Enter' && !event.target.closest?.('a, button, summary')) {
    event.preventDefault();
    form.requestSubmit();
  } else if (/^[0-5]$/.test(event.key) && place >= 0) {
    event.preventDefault();
    const chosen = event.key === '0' ? null : items[place].querySelectorAll('input')[Number(event.key) - 1];
    if (chosen) {
      chosen.checked = true;
      chosen.dispatchEvent(new Event('input', { bubbles: true }));
    }
    go(place + 1);
  }
}

function chosen(event) {
  const place = items.findIndex((item) => item.contains(event.target));
  if (place >= 0 && event.isTrusted) go(Math.min(place + 1, items.length - 1));
}

if (form) {
  document.addEventListener('keydown', pressed);
  form.addEventListener('change', chosen);
  go(Math.max(0, items.findIndex((item) => !item.querySelector('input:checked'))));
}
