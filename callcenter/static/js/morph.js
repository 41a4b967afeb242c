// Turns one piece of page into another with the fewest changes: nodes are known by id, and nothing a person is doing is lost.

// What must stay as it is: the field being typed in, a field changed since the server wrote it, anything being dragged.
function busy(el) {
  if (el === document.activeElement && el.matches('input, textarea, select, [contenteditable]')) return true;
  if (el.matches('textarea, input:not([type=checkbox], [type=radio], [type=hidden])')) return el.value !== el.defaultValue;
  if (el.matches('input[type=checkbox], input[type=radio]')) return el.checked !== el.defaultChecked;
  if (el.matches('select')) return [...el.options].some((option) => option.selected !== option.defaultSelected) && el.dataset.touched === 'yes';
  return el.matches('[data-held]');
}

// A form in which something was typed keeps its whole self, idempotency key included.
function halfFilled(el) {
  return el.matches('form') && [...el.elements].some((field) => field.matches('input, textarea, select') && busy(field));
}

export function morph(from, to) {
  const known = new Map([...from.children].filter((el) => el.id).map((el) => [el.id, el]));
  const wanted = new Set([...to.children].map((el) => el.id));
  let place = from.firstChild;
  for (const next of [...to.childNodes]) {
    const same = match(next, place, known, from);
    if (!same) {
      from.insertBefore(next, place);
      continue;
    }
    place = cleared(place, same, wanted);
    if (same === place) place = place.nextSibling;
    else move(from, same, place);
    update(same, next);
  }
  while (place) {
    const gone = place;
    place = place.nextSibling;
    gone.remove();
  }
}

// What stands between and is of no use any more goes, so that the node itself stays where it is: one that is moved loses the focus within.
function cleared(place, same, wanted) {
  const between = [];
  for (let el = place; el !== same; el = el.nextSibling) {
    if (!el || (el.nodeType === Node.ELEMENT_NODE && (!el.id || wanted.has(el.id)))) return place;
    between.push(el);
  }
  for (const el of between) el.remove();
  return same;
}

function move(from, node, place) {
  if (from.moveBefore && node.parentNode === from) from.moveBefore(node, place); // keeps the focus, where the browser has it
  else from.insertBefore(node, place);
}

function match(next, place, known, from) {
  if (next.nodeType === Node.ELEMENT_NODE && next.id) {
    const found = known.get(next.id) ?? document.getElementById(next.id);
    return found && found.nodeName === next.nodeName && !found.contains(from) ? found : null;
  }
  const keyed = place?.nodeType === Node.ELEMENT_NODE && place.id;
  return place && !keyed && place.nodeName === next.nodeName ? place : null;
}

function update(node, next) {
  if (node.nodeType !== Node.ELEMENT_NODE) {
    if (node.nodeValue !== next.nodeValue) node.nodeValue = next.nodeValue;
    return;
  }
  if (busy(node) || halfFilled(node) || node.dataset.src) return; // a region with a source of its own is refreshed by itself
  attributes(node, next);
  if (node.matches('textarea')) node.value = node.defaultValue = next.defaultValue;
  else morph(node, next);
}

// An opened <details> and a dialog stay as the person left them.
function attributes(node, next) {
  for (const { name } of [...node.attributes]) {
    if (!next.hasAttribute(name) && name !== 'open' && name !== 'style') node.removeAttribute(name);
  }
  for (const { name, value } of next.attributes) {
    if (name !== 'open' && node.getAttribute(name) !== value) node.setAttribute(name, value);
  }
}
