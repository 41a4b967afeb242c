// <button data-print>: prints the page, or keeps it as a PDF, as the browser offers it.
export function start() {
  document.addEventListener('click', (e) => e.target.closest('[data-print]') && globalThis.print());
}
