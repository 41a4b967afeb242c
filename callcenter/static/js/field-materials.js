// Materials as rows with a sum, and what there is to pay beside what was agreed; the text area below keeps it all as lines.
const words = () => document.getElementById('field-words').dataset;
const PARTS = ['name', 'size', 'quantity', 'price'];

const number = (text) => Number.parseFloat(String(text).replace(/[,，]/g, '')) || 0;
const money = (sum) => String(Math.round(sum * 100) / 100);

function cell(part) {
  const input = document.createElement('input');
  input.dataset.part = part;
  input.placeholder = words()[part];
  input.setAttribute('aria-label', words()[part]);
  input.maxLength = 80;
  input.autocomplete = 'off';
  if (part === 'name') input.setAttribute('list', 'known-items');
  if (part === 'quantity' || part === 'price') input.inputMode = 'decimal';
  return input;
}

function button(text, what, style = 'btn') {
  const made = document.createElement('button');
  made.type = 'button';
  made.className = style;
  made.dataset[what] = '';
  made.textContent = text;
  return made;
}

function row() {
  const made = document.createElement('div');
  made.className = 'material';
  made.append(...PARTS.map(cell), button('×', 'less'));
  made.lastChild.setAttribute('aria-label', words().remove);
  return made;
}

// Built once for a form; without scripts the text area alone does.
function build(box) {
  if (box.querySelector('.material-rows')) return;
  const rows = document.createElement('div');
  rows.className = 'material-rows';
  const sum = document.createElement('p');
  sum.className = 'material-sum muted';
  const tools = document.createElement('div');
  tools.className = 'pair';
  tools.append(button(words().add, 'more'), button(words().none, 'none'));
  box.querySelector('textarea').before(rows, tools, sum);
}

function changed(box) {
  const area = box.querySelector('textarea');
  const lines = [...box.querySelectorAll('.material')].map((one) => PARTS.map((p) => one.querySelector(`[data-part=${p}]`).value.trim().replaceAll('/', '∕')));
  area.value = lines.filter(([name]) => name).map((line) => line.join('/')).join('\n');
  area.dispatchEvent(new Event('input', { bubbles: true }));
}

const total = (box) => [...box.querySelectorAll('.material')].reduce(
  (sum, one) => sum + number(one.querySelector('[data-part=quantity]').value || 1) * number(one.querySelector('[data-part=price]').value), 0);

function sums(form) {
  const box = form.querySelector('[data-materials]');
  const goods = box ? total(box) : 0;
  const labour = number(form.elements.labour_fee?.value);
  const line = box?.querySelector('.material-sum');
  if (line) {
    line.textContent = goods ? words().sum.replace('{}', money(goods)) + (labour ? ` · ${words().total.replace('{}', money(goods + labour))}` : '') : '';
    if (goods && form.elements.final_amount) line.append(' ', button(words().fill, 'fill', 'btn btn-small'));
  }
  over(form);
}

// More than agreed needs the customer's consent: said at once, not after the phone has found its network again.
function over(form) {
  const quoted = form.dataset.quoted;
  const place = form.querySelector('.over-quote');
  if (!place || quoted === undefined) return;
  const more = number(form.elements.final_amount?.value) > Number(quoted);
  place.hidden = !more || form.elements.customer_consent?.checked;
  place.textContent = place.hidden ? '' : words().over.replace('{}', quoted);
  if (form.elements.customer_consent) form.elements.customer_consent.required = more;
}

function known(input) {
  const found = [...document.querySelectorAll('#known-items option')].find((one) => one.value === input.value);
  const price = input.closest('.material').querySelector('[data-part=price]');
  if (found && !price.value) price.value = found.dataset.price;
}

export function prepare() {
  for (const box of document.querySelectorAll('[data-materials]')) build(box);
}

export function start() {
  prepare();
  document.addEventListener('click', ({ target }) => {
    const box = target.closest('[data-materials]');
    if (!box) return;
    if ('more' in target.dataset) box.querySelector('.material-rows').append(row());
    if ('less' in target.dataset) target.closest('.material').remove();
    if ('none' in target.dataset) { box.querySelector('.material-rows').replaceChildren(); box.querySelector('textarea').value = words().noneWord; }
    if ('fill' in target.dataset) target.form.elements.final_amount.value = money(total(box) + number(target.form.elements.labour_fee?.value));
    if ('more' in target.dataset) box.querySelector('.material:last-child input').focus();
    if ('less' in target.dataset) changed(box);
    sums(box.closest('form'));
  });
  document.addEventListener('input', ({ target }) => {
    const form = target.closest('form[data-action=complete]');
    if (!form) return;
    if (target.dataset.part === 'name') known(target);
    if (target.dataset.part) changed(target.closest('[data-materials]'));
    sums(form);
  });
}
