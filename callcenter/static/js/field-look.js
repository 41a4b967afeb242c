// Light or dark as the system says, or as the person says: a dark stairwell does not wait for the evening.
const HELD = 'callcenter.look';
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
  put(NEXT[localStorage.getItem(HELD)] ? localStorage.getItem(HELD) : 'auto');
  button.addEventListener('click', () => {
    put(NEXT[button.dataset.look]);
    localStorage.setItem(HELD, button.dataset.look);
  });
}
