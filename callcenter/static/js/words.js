// The words scripts say, in the page's language: rendered by the server into #words.
const held = document.getElementById('words')?.dataset ?? {};

export const word = (name) => held[name] ?? '';

// Said to screen readers once: politely, or at once when it cannot wait.
export function say(text, urgent = false) {
  const region = document.getElementById(urgent ? 'alert' : 'say');
  if (region) region.textContent = text;
}
