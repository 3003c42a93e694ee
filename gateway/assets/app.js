// Pages work without this file; it only makes them better.
import { createAll, initAll } from './govuk-frontend.min.js';
import { Alert, ButtonMenu, MultiSelect } from './moj-frontend.min.js';

initAll();
for (const component of [Alert, ButtonMenu, MultiSelect]) {
  createAll(component);
}

// On a phone the filter and the figures of charts begin folded, so that the results come first.
if (window.matchMedia('(max-width: 40.0525em)').matches) {
  for (const details of document.querySelectorAll('[data-app-filter], [data-app-figures]')) {
    details.removeAttribute('open');
  }
}

for (const button of document.querySelectorAll('[data-app-print]')) {
  button.hidden = false;
  button.addEventListener('click', () => window.print());
}

// "Exit this page" also destroys the draft. The component knows three ways to be used; all of them hide the page first.
const exit = document.querySelector('.govuk-exit-this-page__button');
const draft = document.querySelector('input[name="draft_secret"]');
if (exit && draft && draft.value) {
  const leaving = new MutationObserver(() => {
    if (!document.body.classList.contains('govuk-exit-this-page-hide-content')) return;
    leaving.disconnect();
    navigator.sendBeacon(new URL('refer/discard', exit.href), new URLSearchParams({ draft_secret: draft.value }));
  });
  leaving.observe(document.body, { attributes: true, attributeFilter: ['class'] });
}

// Warns two minutes before the session ends. Other tabs tell each other through storage, which holds only a time.
const { idleMinutes, keepAlive, timedOut, csrf } = document.body.dataset;
if (idleMinutes) {
  watchSession(Number(idleMinutes) * 60000);
}

function watchSession(idle) {
  const warnBefore = Math.min(120000, idle / 2);
  const key = `accord-active:${keepAlive}`;
  const dialog = makeDialog();
  const remaining = dialog.querySelector('[data-remaining]');
  let last = Date.now();
  store(last);

  function store(time) {
    try { localStorage.setItem(key, String(time)); } catch { /* private mode: this tab counts alone */ }
  }
  function latest() {
    try { return Math.max(last, Number(localStorage.getItem(key)) || 0); } catch { return last; }
  }
  async function stay() {
    try {
      const answer = await fetch(keepAlive, {
        method: 'POST', credentials: 'same-origin', redirect: 'manual', body: new URLSearchParams({ _csrf: csrf }),
      });
      if (!answer.ok) { leave(); return; }
      last = Date.now();
      store(last);
      dialog.close();
    } catch {
      remaining.textContent = 'We could not reach the service. Check your connection and try again.';
    }
  }
  function leave() { window.location.assign(timedOut); }

  dialog.querySelector('[data-stay]').addEventListener('click', stay);
  dialog.addEventListener('cancel', (event) => { event.preventDefault(); stay(); });

  let said = '';
  window.setInterval(() => {
    const left = latest() + idle - Date.now();
    if (left <= 0) { leave(); return; }
    if (left > warnBefore) { if (dialog.open) dialog.close(); return; }
    if (!dialog.open) dialog.showModal();
    const text = left > 60000 ? '2 minutes' : left > 20000 ? '1 minute' : '20 seconds';
    if (text !== said) {
      said = text;
      remaining.textContent = `For security we will sign you out in about ${text}.`;
    }
  }, 1000);
}

function makeDialog() {
  const dialog = document.createElement('dialog');
  dialog.className = 'app-timeout';
  dialog.setAttribute('aria-labelledby', 'app-timeout-title');
  dialog.setAttribute('aria-describedby', 'app-timeout-text');
  dialog.innerHTML = '<h2 class="govuk-heading-m" id="app-timeout-title">You are about to be signed out</h2>'
    + '<p class="govuk-body" id="app-timeout-text" data-remaining role="status"></p>'
    + '<button type="button" class="govuk-button" data-stay>Stay signed in</button>';
  document.body.append(dialog);
  return dialog;
}

// How strong a password is, as it is typed. The rules are the server's; without this they are told after sending.
for (const form of document.querySelectorAll('[data-app-strength]')) {
  const input = form.querySelector('input[name="password"]');
  const said = form.querySelector('[data-app-strength-said]');
  let timer = 0;
  input.addEventListener('input', () => {
    window.clearTimeout(timer);
    timer = window.setTimeout(async () => {
      if (!input.value) { said.textContent = ''; return; }
      const asked = input.value;
      const body = new URLSearchParams(new FormData(form));
      body.delete('code');
      try {
        const answer = await fetch(form.dataset.appStrength, { method: 'POST', credentials: 'same-origin', body });
        if (!answer.ok) return;
        const { words } = await answer.json();
        if (input.value === asked) said.textContent = words;
      } catch { /* it is told after sending */ }
    }, 500);
  });
}

// What was sent before goes on by itself after the proof.
for (const form of document.querySelectorAll('[data-app-go-on]')) form.requestSubmit();

// Passkeys: the browser is asked by the server's options, and its answer goes back in the form.
if (window.PublicKeyCredential && navigator.credentials) {
  for (const form of document.querySelectorAll('[data-app-passkey]')) passkey(form);
}

function passkey(form) {
  const said = form.querySelector('[data-app-passkey-said]');
  const offer = form.querySelector('[data-app-passkey-offer]');
  const isNew = form.hasAttribute('data-app-passkey-new');
  async function ask() {
    said.textContent = '';
    try {
      const body = new URLSearchParams({ _csrf: form.elements._csrf.value });
      const answer = await fetch(form.dataset.appPasskey, { method: 'POST', credentials: 'same-origin', body });
      if (!answer.ok) throw new Error('refused');
      const { ceremony, options } = await answer.json();
      const { publicKey } = JSON.parse(options);
      publicKey.challenge = bytes(publicKey.challenge);
      for (const list of [publicKey.allowCredentials, publicKey.excludeCredentials]) {
        for (const known of list || []) known.id = bytes(known.id);
      }
      if (isNew) publicKey.user.id = bytes(publicKey.user.id);
      const made = isNew ? await navigator.credentials.create({ publicKey }) : await navigator.credentials.get({ publicKey });
      const response = { clientDataJSON: text(made.response.clientDataJSON) };
      for (const part of ['attestationObject', 'authenticatorData', 'signature', 'userHandle']) {
        if (made.response[part]) response[part] = text(made.response[part]);
      }
      form.elements.ceremony.value = ceremony;
      form.elements.credential.value = JSON.stringify({ id: made.id, rawId: text(made.rawId), type: made.type, response, extensions: {} });
      form.submit();
    } catch {
      said.textContent = isNew ? 'No passkey was added. Try again, or use another device.' : 'No passkey was used. Try again, or use your password.';
    }
  }
  if (offer) {
    offer.hidden = false;
    offer.querySelector('[data-app-passkey-button]').addEventListener('click', ask);
  }
  if (isNew) {
    form.addEventListener('submit', (event) => {
      if (!form.elements.name.value.trim()) return;
      event.preventDefault();
      ask();
    });
  }
}

function bytes(text64) {
  return Uint8Array.from(atob(text64.replace(/-/g, '+').replace(/_/g, '/')), (c) => c.charCodeAt(0));
}

function text(buffer) {
  return btoa(String.fromCharCode(...new Uint8Array(buffer))).replace(/\+/g, '-').replace(/\//g, '_').replace(/=+$/, '');
}
