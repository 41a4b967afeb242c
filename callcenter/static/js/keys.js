// Single-key shortcuts: data-key="d" or "g 1". Silent while typing, while choosing Chinese characters, and under a dialog.
const WAIT = 1500; // milliseconds a first key (g) waits for its second
let first = '';
let waiting = 0;

const all = () => [...document.querySelectorAll('[data-key]')].filter((el) => el.checkVisibility?.() ?? true);
const typing = (el) => el.matches?.('input:not([type=checkbox], [type=radio], [type=button], [type=submit]), textarea, select, [contenteditable]');

function pressed(event) {
  if (event.defaultPrevented || event.isComposing || event.keyCode === 229 || event.ctrlKey || event.metaKey || event.altKey) return;
  if (typing(event.target)) {
    if (event.key === 'Escape') event.target.blur();
    return;
  }
  if (document.querySelector('dialog[open]')) return;
  const wish = (first ? `${first} ${event.key}` : event.key).toLowerCase();
  clear();
  const found = all();
  const target = found.find((el) => el.dataset.key.toLowerCase() === wish);
  if (target) {
    event.preventDefault();
    use(target);
  } else if (found.some((el) => el.dataset.key.toLowerCase().startsWith(`${wish} `))) {
    first = wish;
    waiting = setTimeout(clear, WAIT);
  }
}

function clear() {
  clearTimeout(waiting);
  first = '';
}

function use(el) {
  if (el.matches('input:not([type=submit], [type=button]), textarea, select')) el.focus();
  else el.click();
}

// What a key does, in the words the person sees.
function meaning(el) {
  const text = el.getAttribute('aria-label') || el.labels?.[0]?.textContent || el.textContent || el.placeholder || '';
  return text.replace(/\s+/g, ' ').trim();
}

function help() {
  const dialog = document.getElementById('help');
  dialog.querySelector('dl').replaceChildren(...all().flatMap(line));
  dialog.showModal();
}

function line(el) {
  const term = document.createElement('dt');
  for (const part of el.dataset.key.split(' ')) {
    const key = document.createElement('kbd');
    key.textContent = part;
    term.append(key, ' ');
  }
  const told = document.createElement('dd');
  told.textContent = meaning(el);
  return [term, told];
}

export function start() {
  document.addEventListener('keydown', pressed);
  document.querySelector('[data-action=help]')?.addEventListener('click', help);
}
