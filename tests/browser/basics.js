// What every page must have whatever is on it; gives back one line for each fault. Needs nothing but the page itself.
() => {
  const faults = [];
  const all = (selector) => [...document.querySelectorAll(selector)];
  const shown = (el) => el.checkVisibility({ checkVisibilityCSS: true });
  const told = (el) => el.outerHTML.replace(/\s+/g, ' ').slice(0, 160);
  const words = (el) => (el.getAttribute('aria-label') || el.title || el.textContent || el.value || '').trim()
    || [...el.querySelectorAll('img[alt], [aria-label]')].some((one) => one.alt || one.getAttribute('aria-label'));
  const known = new Set();
  for (const el of all('[id]')) {
    if (known.has(el.id)) faults.push(`id twice: ${el.id}`);
    known.add(el.id);
  }
  for (const name of ['for', 'aria-describedby', 'aria-labelledby', 'aria-controls', 'list', 'form']) {
    for (const el of all(`[${name}]`).filter(shown)) {
      for (const id of el.getAttribute(name).split(/\s+/)) if (id && !known.has(id)) faults.push(`${name} names nothing: ${id}`);
    }
  }
  for (const landmark of ['main', 'h1', 'head > title']) if (all(landmark).length !== 1) faults.push(`${all(landmark).length} × ${landmark}`);
  let level = 0;
  for (const heading of all('h1, h2, h3, h4, h5, h6').filter(shown)) {
    const next = Number(heading.nodeName[1]);
    if (next > level + 1 && level) faults.push(`h${level} is followed by ${told(heading)}`);
    level = next;
  }
  for (const el of all('input:not([type=hidden], [type=submit], [type=button]), select, textarea')) {
    if (!el.labels?.length && !el.getAttribute('aria-label') && !el.getAttribute('aria-labelledby')) faults.push(`no label: ${told(el)}`);
  }
  for (const el of all('button, a[href], summary, [role=button]')) if (!words(el)) faults.push(`no name: ${told(el)}`);
  for (const el of all('img:not([alt])')) faults.push(`no alt: ${told(el)}`);
  for (const el of all('table')) if (!el.querySelector('th')) faults.push(`no th: ${told(el)}`);
  for (const el of all('[style], [onclick], [onchange], [onsubmit]')) {
    if (el.getAttributeNames().some((name) => name.startsWith('on'))) faults.push(`inline script: ${told(el)}`);
  }
  for (const el of all('[tabindex]')) if (el.tabIndex > 0) faults.push(`tab order forced: ${told(el)}`);
  const { scrollWidth, clientWidth } = document.scrollingElement;
  if (scrollWidth > clientWidth) {
    const wide = all('body *').filter((el) => shown(el) && el.getBoundingClientRect().right > clientWidth + 1);
    faults.push(`${scrollWidth} wide on ${clientWidth}: ${wide.slice(0, 3).map(told).join(' | ')}`);
  }
  return faults;
}
