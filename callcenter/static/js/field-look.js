// Light or dark as the system says, or as the person says: a dark stairwell does not wait for the evening.
const YEAR = 365 * 86400;
const NEXT = { auto: 'dark', dark: 'light', light: 'auto' };

function put(look) {
  const button = document.getElementById('field-look');
  if (look === 'auto') delete document.documentElement.dataset.look;
  else document.documentElement.dataset.look = look;
  button.textContent = button.dataset[look];
  button.dataset.look = look;
}

export function start() {
  const button = document.getElementById('field-look');
  const kept = document.cookie.match(/(?:^|; )look=(\w+)/)?.[1];
  put(NEXT[kept] ? kept : 'auto');
  button.addEventListener('click', () => {
    put(NEXT[button.dataset.look]);
    document.cookie = `look=${button.dataset.look}; path=/; max-age=${YEAR}; samesite=lax`; // the same as web/looks.py keeps
  });
}
