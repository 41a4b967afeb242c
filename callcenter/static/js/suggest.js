// A list under an input: arrows choose, Enter takes, Escape leaves; nothing moves while Chinese characters are being chosen.

const composing = (event) => event.isComposing || event.keyCode === 229;

// find(text, show) looks for answers; take(answer) is called with the chosen one. Answers: {title, about, tone, …}.
export function suggest(input, list, find, take) {
  let found = [];
  let place = -1;
  const close = () => { list.hidden = true; input.setAttribute('aria-expanded', 'false'); input.removeAttribute('aria-activedescendant'); place = -1; };
  const mark = () => [...list.children].forEach((el, n) => {
    el.setAttribute('aria-selected', String(n === place));
    if (n === place) { el.scrollIntoView({ block: 'nearest' }); input.setAttribute('aria-activedescendant', el.id); }
  });
  const choose = (n) => { const one = found[n]; close(); if (one) take(one); };
  const show = (items) => {
    found = items;
    list.replaceChildren(...items.map((item, n) => line(item, `${list.id}-${n}`, () => choose(n))));
    list.hidden = !items.length;
    input.setAttribute('aria-expanded', String(Boolean(items.length)));
    place = items.length ? 0 : -1;
    mark();
  };
  const look = () => find(input.value.trim(), show);
  input.addEventListener('input', (event) => { if (!composing(event) && input === document.activeElement) look(); });
  input.addEventListener('compositionend', look);
  input.addEventListener('focus', () => { if (!input.value) look(); });
  input.addEventListener('keydown', (event) => {
    if (composing(event) || list.hidden) return;
    if (event.key === 'ArrowDown' || event.key === 'ArrowUp') {
      event.preventDefault();
      place = (place + (event.key === 'ArrowDown' ? 1 : -1) + found.length) % found.length;
      mark();
    } else if (event.key === 'Enter' && !event.ctrlKey && !event.metaKey) {
      event.preventDefault();
      choose(place);
    } else if (event.key === 'Escape') {
      event.stopPropagation();
      close();
    }
  });
  input.addEventListener('blur', () => setTimeout(close, 150));
}

function line({ title, about, tone }, id, chosen) {
  const el = document.createElement('li');
  el.id = id;
  el.setAttribute('role', 'option');
  const strong = document.createElement('b');
  strong.textContent = title;
  const more = document.createElement('div');
  more.className = tone ? `muted ${tone}` : 'muted';
  more.textContent = about;
  el.append(strong, more);
  el.addEventListener('mousedown', (event) => { event.preventDefault(); chosen(); });
  return el;
}

// Asks the server a little after the last key; an answer overtaken by a newer question is thrown away.
export function asking(address, least, turn) {
  let asked = 0;
  return (text, show) => {
    const mine = ++asked;
    if (text.length < least) return show([]);
    return setTimeout(async () => {
      if (mine !== asked) return;
      try {
        const answer = await fetch(`${address}?q=${encodeURIComponent(text)}`, { headers: { 'X-Partial': '1' }, credentials: 'same-origin' });
        if (mine === asked) show(answer.ok ? (await answer.json()).map(turn) : []);
      } catch { if (mine === asked) show([]); }
    }, 120);
  };
}
