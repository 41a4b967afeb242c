// The month of the roster by keyboard: arrows move among its cells, digits choose the shift; Enter sends, as for any button.
const form = document.getElementById('month');
const cells = () => [...form.querySelectorAll('tbody tr')].map((row) => [...row.querySelectorAll('td')].map((cell) => cell.querySelector('button')));
const steps = { ArrowLeft: [0, -1], ArrowRight: [0, 1], ArrowUp: [-1, 0], ArrowDown: [1, 0] };

// The next cell that can be pressed in this direction; none: stay.
function from(button, [down, right]) {
  const grid = cells();
  let row = grid.findIndex((line) => line.includes(button));
  let column = grid[row].indexOf(button);
  do {
    row += down;
    column += right;
  } while (grid[row]?.[column] === null);
  return grid[row]?.[column];
}

function choose(digit) {
  const kinds = [...form.querySelectorAll('[name=kind]')];
  const chosen = digit === 0 ? kinds.at(-1) : kinds.slice(0, -1)[digit - 1];
  if (chosen) chosen.checked = true;
}

form.addEventListener('keydown', (e) => {
  if (!e.target.matches('button[name=cell]') || e.ctrlKey || e.metaKey || e.altKey) return;
  if (steps[e.key]) {
    e.preventDefault();
    from(e.target, steps[e.key])?.focus();
  } else if (/^\d$/.test(e.key)) {
    e.preventDefault();
    e.stopPropagation();
    choose(Number(e.key));
  }
});
form.dataset.keys = 'ready';
