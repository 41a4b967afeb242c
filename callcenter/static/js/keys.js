// Single-key shortcuts: data-key="d" or "g 1". Silent while typing, while choosing Chinese characters, and under a dialog.
// What other scripts listen to stands on the sheet by data-key-told="Ctrl+/"; data-key-means says what a key does where the words do not.
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
  if (event.key === 'Enter' && event.target.closest?.('a[href], button, summary')) return; // it presses what has the focus
  const wish = (first ? `${first} ${event.key}` : event.key).toLowerCase();
  clear();
  if (wish === '?' && sheet()) {
    event.preventDefault(); // its button has no room on a narrow screen
    return help();
  }
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
  else if (el.matches('summary')) unfold(el);
  else el.click();
}

// What is unfolded by its key has the focus: the first thing to be filled in, else the first to be pressed. With nothing to fill in the key folds it again.
function unfold(summary) {
  const fold = summary.parentElement;
  const field = () => within(fold, 'input:not([type=hidden]), select, textarea');
  if (fold.open && field()) return field().focus();
  fold.open = !fold.open;
  if (fold.open) (field() ?? within(fold, ':not(summary) a[href], :not(summary) button'))?.focus();
  return undefined;
}

const within = (fold, what) => [...fold.querySelectorAll(what)].find((el) => el.checkVisibility());

// What a key does, in the words the person sees.
function meaning(el) {
  const text = el.dataset.keyMeans || el.getAttribute('aria-label') || bare(el.labels?.[0]) || bare(el) || el.placeholder || '';
  return text.replace(/\s+/g, ' ').trim();
}

// The words without the key that stands beside them.
const bare = (el) => [...(el?.childNodes ?? [])].map((one) => (one.nodeName === 'KBD' ? '' : one.textContent)).join('');

const sheet = () => document.getElementById('help');

// Exactly what answers now: of several places with one key the first one does. First what this page has, then the ways to other pages.
function help() {
  const told = [...document.querySelectorAll('[data-key-told]')].filter((el) => el.dataset.keyMeans || el.checkVisibility?.());
  const heard = new Map();
  for (const el of [...all(), ...told]) if (!heard.has(keyOf(el).toLowerCase())) heard.set(keyOf(el).toLowerCase(), el);
  const lines = [...heard.values()];
  const here = lines.filter((el) => !el.closest('header.top'));
  sheet().querySelector('dl').replaceChildren(...[...here, ...lines.filter((el) => el.closest('header.top'))].flatMap(line));
  sheet().showModal();
}

const keyOf = (el) => el.dataset.key ?? el.dataset.keyTold;

function line(el) {
  const term = document.createElement('dt');
  for (const part of keyOf(el).split(' ')) {
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
