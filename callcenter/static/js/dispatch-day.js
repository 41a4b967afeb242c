// The day by keys: what they were at may be gone with the next refresh; then they are at the head of the same part.
const day = document.getElementById('day');
let held = null;

day.addEventListener('focusin', ({ target }) => { held = { el: target, part: target.closest('section')?.id }; });
document.addEventListener('focusin', ({ target }) => { if (!day.contains(target)) held = null; });
document.addEventListener('pointerdown', () => { held = null; }, true);
day.addEventListener('callcenter:refreshed', () => {
  if (!held || document.activeElement !== document.body) return;
  const place = held.el.isConnected ? held.el : document.getElementById(held.part) ?? document.getElementById('clashes');
  place.focus({ preventScroll: true });
});
