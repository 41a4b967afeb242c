// What waits, shown twice: as a list above the jobs, and on each job, which goes on to its next step as if it had been sent.
import { shown } from './field-photo.js';

const words = document.getElementById('field-words').dataset;

function element(name, text, className = '') {
  const made = document.createElement(name);
  made.textContent = text;
  if (className) made.className = className;
  return made;
}

function button(text, act, style = 'btn btn-small') {
  const made = element('button', text, style);
  made.type = 'button';
  made.addEventListener('click', act);
  return made;
}

const hour = (at) => new Date(at).toLocaleTimeString([], { hour: '2-digit', minute: '2-digit', hour12: false });

export async function draw(waiting, { edit, drop }) {
  const box = document.getElementById('field-queue');
  const stuck = new Set();
  const lines = waiting.map((one) => {
    const held = stuck.has(one.number);
    if (one.state === 'refused') stuck.add(one.number);
    const line = element('li', '', one.state === 'refused' ? 'is-refused' : '');
    line.append(element('b', one.label), element('span', `${one.number} · ${hour(one.deviceAt + (one.offset ?? 0))}`, 'muted num small'));
    line.append(element('span', one.state === 'refused' ? `${words.refused}：${one.reason}` : held ? words.held : words.waiting, one.state === 'refused' ? 'bad-text' : 'muted'));
    if (one.state === 'refused') {
      const tools = element('span', '', 'row');
      if (one.kind === 'act') tools.append(button(words.edit, () => edit(one)));
      tools.append(button(words.drop, () => drop(one), 'btn btn-small btn-bad'));
      line.append(tools);
    }
    return line;
  });
  box.hidden = !waiting.length;
  box.querySelector('[data-count]').textContent = waiting.length || '';
  box.querySelector('ol').replaceChildren(...lines);
}

// What is done beside the walk: the next step is offered all the same.
const BESIDE = new Set(['make_safe', 'pre_visit_call', 'note']);

// Each job stands where it will stand once everything kept is sent; after something refused it stands where the server has it.
export async function project(waiting) {
  const after = new Map();
  for (const one of waiting) {
    const known = after.get(one.number) ?? { labels: [], pictures: [], acts: new Set(), last: null, stopped: false };
    known.stopped = known.stopped || one.state === 'refused';
    if (!known.stopped && one.kind === 'act' && !BESIDE.has(one.action)) known.last = one.action;
    if (one.kind === 'act') known.acts.add(one.action);
    if (one.kind === 'photo') known.pictures.push(one);
    known.labels.push(one.label);
    after.set(one.number, known);
  }
  for (const job of document.querySelectorAll('[data-job]')) await projected(job, after.get(job.dataset.job));
}

async function projected(job, known) {
  const stages = [...job.querySelectorAll('.stage')];
  const last = stages.findIndex((stage) => stage.dataset.stage === known?.last);
  const other = known?.last && last < 0; // something else than the next step waits: nothing is offered until it is sent
  stages.forEach((stage, place) => { stage.hidden = other || place !== last + 1; });
  for (const fold of job.querySelectorAll('.beside > details')) fold.hidden = Boolean(known?.acts.has(fold.dataset.beside));
  const later = job.querySelector('[data-after-accept]');
  if (later) later.hidden = last < 0;
  const box = job.querySelector('[data-queued]');
  box.replaceChildren(...(known ? [element('p', words.queued.replace('{}', known.labels.join('、')), 'chip chip-warn')] : []));
  await previews(job, known?.pictures ?? []);
}

async function previews(job, pictures) {
  const box = job.querySelector('[data-queued-photos]');
  if (!box) return;
  const made = [];
  for (const one of pictures) {
    const frame = element('span', '', 'queued-photo');
    const image = document.createElement('img');
    image.src = await shown(one.picture, one.media);
    image.alt = one.label;
    frame.append(image, element('span', one.label));
    made.push(frame);
  }
  box.replaceChildren(...made);
}
