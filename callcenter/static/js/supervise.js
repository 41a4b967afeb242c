// The figures take longer to count than the board may: they are fetched once the board is there, and every ten minutes.
import { refresh } from './live.js';

const EVERY = 600000; // milliseconds

for (const el of document.querySelectorAll('[data-later]')) {
  refresh(el);
  setInterval(() => refresh(el), EVERY);
}
