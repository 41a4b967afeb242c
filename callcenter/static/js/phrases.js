// Words a customer must not hear, pointed out while they are typed; the list and its harmless longer forms come from the server.
import { say } from './words.js';

const QUOTED = /“[^”]*”|「[^」]*」|『[^』]*』|"[^"]*"/g;

// The same rules as callcenter/domain/phrases.py, longest phrase first.
function found(text, rules) {
  const bare = [...text.replace(QUOTED, (all) => '\n'.repeat(all.length))].filter((c) => c === '\n' || c.trim() !== '').join('').normalize('NFKC');
  const hits = new Set();
  for (let start = 0, taken = 0; start < bare.length; start += 1) {
    const rule = start < taken ? undefined : rules.find(([phrase]) => bare.startsWith(phrase, start));
    if (rule && !harmless(bare, rule, start)) {
      hits.add(rule[0]);
      taken = start + rule[0].length;
    }
  }
  return [...hits];
}

function harmless(bare, [phrase, forms], start) {
  return forms.some((form) => {
    for (let offset = form.indexOf(phrase); offset >= 0; offset = form.indexOf(phrase, offset + 1)) {
      if (start >= offset && bare.startsWith(form, start - offset)) return true;
    }
    return false;
  });
}

function typed(event) {
  const hint = event.target.id && document.querySelector(`[data-phrases-of="${CSS.escape(event.target.id)}"]`);
  if (!hint) return;
  const hits = found(event.target.value, JSON.parse(hint.dataset.rules));
  const text = hits.map((phrase) => `“${phrase}”`).join(' ');
  const place = hint.querySelector('[data-phrases]');
  if (hits.length && place.textContent !== text) say(`${hint.dataset.said} ${text}`);
  place.textContent = text;
  hint.hidden = !hits.length;
  const anyway = hint.querySelector('[name=anyway]');
  if (!hits.length && anyway) anyway.checked = false;
}

export function start() {
  document.addEventListener('input', typed);
}
