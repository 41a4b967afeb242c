// Tabs that do not fit a telephone are one strip: the current one is brought into sight, and it shows on which side there are more.

export function start() {
  for (const strip of document.querySelectorAll('.views, .chart-index')) {
    const here = strip.querySelector('[aria-current], [aria-pressed="true"]');
    if (here) strip.scrollLeft += here.getBoundingClientRect().left - strip.getBoundingClientRect().left - (strip.clientWidth - here.offsetWidth) / 2;
    mark(strip);
    strip.addEventListener('scroll', () => mark(strip), { passive: true });
  }
  addEventListener('resize', () => document.querySelectorAll('.views, .chart-index').forEach(mark));
}

function mark(strip) {
  const left = strip.scrollLeft > 2;
  const right = strip.scrollLeft + strip.clientWidth < strip.scrollWidth - 2;
  strip.dataset.more = [left && 'left', right && 'right'].filter(Boolean).join(' ');
}
