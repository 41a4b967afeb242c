// Marks the crew for the ticket that is open: the best first, each with the reasons the server gave, the unsuited with theirs.
const held = document.getElementById('dispatch-words').dataset;
const list = () => document.getElementById('crew');

export const words = held;
export const technicians = () => [...document.querySelectorAll('#crew [data-tech]')];

// user -> {rank, why}; rank 0 for somebody who cannot be sent.
function fits(ticket) {
  const found = new Map();
  for (const el of ticket?.querySelectorAll('[data-fit]') ?? []) found.set(el.dataset.fit, { rank: found.size + 1, why: el.dataset.why });
  for (const el of ticket?.querySelectorAll('[data-unfit]') ?? []) found.set(el.dataset.unfit, { rank: 0, why: el.textContent.trim() });
  return found;
}

function said(fit) {
  if (!fit) return held.other;
  if (!fit.rank) return `${held.unfit}: ${fit.why}`;
  return `${fit.rank}. ${fit.rank === 1 ? held.best : held.fit}: ${fit.why}`;
}

// What is said of somebody for the ticket in hand.
export const reasonFor = (tech) => `${tech.dataset.name}, ${tech.querySelector('.tech-fit').textContent}`;

function mark(tech, fit, chosen) {
  tech.classList.toggle('tech-best', fit?.rank === 1);
  tech.classList.toggle('tech-unfit', chosen && !fit?.rank);
  const place = tech.querySelector('.tech-fit');
  const text = chosen ? said(fit) : '';
  if (place.textContent !== text) place.textContent = text;
}

// The suited stand above the others; nobody is moved whose place is right already.
export function show(ticket) {
  const found = fits(ticket);
  const place = (tech) => found.get(tech.dataset.tech)?.rank || 1000;
  const now = technicians();
  now.forEach((tech) => mark(tech, found.get(tech.dataset.tech), Boolean(ticket)));
  const wanted = now.map((tech, index) => [place(tech), index, tech]).sort((a, b) => a[0] - b[0] || a[1] - b[1]).map(([, , tech]) => tech);
  wanted.forEach((tech, index) => { if (list().children[index] !== tech) list().insertBefore(tech, list().children[index]); });
}
