// A resident's page stays true by itself: once a minute, only while it is looked at, and never while somebody types.
const EVERY = 60_000;
const KEPT = ['standing', 'history'];

function busy() {
  if (document.hidden || document.querySelector('input:focus, textarea:focus')) return true;
  return [...document.querySelectorAll('textarea')].some((field) => field.value !== field.defaultValue);
}

async function refresh() {
  if (busy()) return;
  try {
    const answer = await fetch(location.pathname, { headers: { 'X-Requested-With': 'fetch' } });
    if (!answer.ok) return;
    const page = new DOMParser().parseFromString(await answer.text(), 'text/html');
    // another form than before (an opinion is asked for, the matter is over): the whole page
    if (page.querySelectorAll('form').length !== document.querySelectorAll('form').length) return void location.replace(location.pathname);
    for (const id of KEPT) document.getElementById(id)?.replaceWith(page.getElementById(id));
  } catch { /* no network now; the next minute asks again */ }
}

setInterval(refresh, EVERY);
