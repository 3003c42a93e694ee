// Sign-in and one's own account: an invitation by mail, recovery codes, a passkey, fresh proofs, sessions.
import { X509Certificate, createHash } from 'node:crypto';
import { readFileSync } from 'node:fs';
import { connect } from 'node:tls';
import { run } from './lib/journey.mjs';
import { Outbox, code, demo, tenant, user } from './lib/stack.mjs';
import { unlike } from './lib/time.mjs';

/** SHA-256 of the public key that the stack shows: a browser makes no passkey where it doubts the certificate. */
async function pinned() {
  const { hostname, port } = new URL(demo.web);
  const der = await new Promise((resolve, reject) => {
    const socket = connect({ host: hostname, port: Number(port), servername: hostname, ca: readFileSync(demo.ca) }, () => {
      resolve(socket.getPeerX509Certificate()?.raw);
      socket.end();
    });
    socket.on('error', reject);
  });
  const key = new X509Certificate(der).publicKey.export({ type: 'spki', format: 'der' });
  return createHash('sha256').update(key).digest('base64');
}

/** An authenticator in the browser, with the person's finger on it. */
async function authenticator(person) {
  const cdp = await person.context.newCDPSession(person.page);
  await cdp.send('WebAuthn.enable');
  const { authenticatorId } = await cdp.send('WebAuthn.addVirtualAuthenticator', {
    options: { protocol: 'ctap2', transport: 'internal', hasResidentKey: true, hasUserVerification: true, isUserVerified: true, automaticPresenceSimulation: true },
  });
  return { cdp, authenticatorId };
}

const flags = [`--ignore-certificate-errors-spki-list=${await pinned()}`];

await run('sign_in', async (journey) => {
  const northvale = tenant('northvale');
  const mail = new Outbox(northvale.mail);
  const word = unlike();
  const account = { email: `sam.${word}@pcc.northvale.example.org`, password: 'copper lanterns drifting', totp_secret: '' };
  const administrator = await journey.person('administrator');
  const sam = await journey.person('newcomer');
  let codes = [];

  await journey.step('an invitation reaches its own address only', async () => {
    await administrator.signIn(northvale, user(northvale, 'ada.fernsby'));
    await administrator.visit(administrator.at('/users/invite'), 'Invite a user');
    await administrator.type('Full name', 'Sam Brook');
    await administrator.type('Work email address', account.email);
    await administrator.choose('Agency or team', northvale.name);
    await administrator.answer('Roles', 'Read-only');
    await administrator.press('Invite');
    await administrator.heading('User invited');
    const invitation = await mail.arrives('the invitation', (m) => m.includes(account.email) && m.includes('/enrol?key='));
    const link = invitation.match(/https:\S+\/enrol\?key=\S+/)[0];
    const key = new URL(link).searchParams.get('key');
    journey.expect(!(await administrator.page.content()).includes(key), 'who invites does not see the link');
    await sam.visit(link.slice(new URL(link).origin.length), 'Set up your account');
  });

  await journey.step('a weak password is told as it is typed, and the codes are shown once', async () => {
    await sam.type('Password', 'northvale2027');
    await sam.sees('Choose a password that is harder to guess');
    await sam.type('Password', account.password);
    await sam.sees(/This password is (very strong|strong enough)/);
    account.totp_secret = await sam.page.locator('#totp-secret').innerText();
    await sam.type('6-digit code from the app', code(account.totp_secret));
    await sam.press('Finish');
    await sam.heading('Keep your recovery codes');
    codes = await sam.page.locator('#recovery-codes code').allInnerTexts();
    journey.expect(codes.length === 10, 'there are ten recovery codes', codes.length);
    await sam.check('recovery codes');
    await sam.press('I have kept my codes: sign in');
    await sam.heading('Sign in');
  });

  await journey.step('a recovery code takes the place of the authenticator, and the owner is told', async () => {
    sam.tenant = northvale;
    await sam.type('Email address', account.email);
    await sam.type('Password', account.password);
    await sam.press('Continue');
    await sam.heading('Enter your code');
    await sam.type('6-digit code', codes[0].toLowerCase());
    await sam.press('Sign in');
    await sam.heading('Your account');
    await sam.sees('You used a recovery code. You have 9 left');
    await sam.sees('9 left');
    await sam.check('own account');
    await mail.arrives('the mail about the recovery code', (m) => m.includes(account.email) && m.includes('A recovery code was used'));
  });

  const key = await authenticator(sam);
  await journey.step('a passkey is added and told by mail', async () => {
    await sam.follow('Add a passkey');
    await sam.heading('Add a passkey');
    await sam.check('add passkey');
    await sam.type('Name', 'Work laptop');
    await sam.press('Add passkey');
    await sam.heading('Your account');
    await sam.sees('Passkey added');
    await sam.sees('Work laptop');
    await mail.arrives('the mail about the passkey', (m) => m.includes(account.email) && m.includes('A passkey was added'));
  });

  await journey.step('the passkey signs in without password', async () => {
    await sam.press('Sign out everywhere');
    await sam.heading('Sign in');
    await sam.check('sign in with a passkey');
    await sam.press('Sign in with a passkey');
    await sam.heading('Home');
  });

  await journey.step('a passkey proves again who is there', async () => {
    await sam.visit(sam.at('/step-up'), 'Confirm that it is you');
    await sam.check('confirm that it is you');
    await sam.wrong('Confirm', 'confirm wrong', 'Enter your password');
    await sam.press('Use a passkey');
    await sam.heading('Your account');
  });

  await journey.step('a passkey without the person is refused', async () => {
    const other = await journey.person('other device');
    other.tenant = northvale;
    const stolen = await authenticator(other);
    const { credentials } = await key.cdp.send('WebAuthn.getCredentials', { authenticatorId: key.authenticatorId });
    await stolen.cdp.send('WebAuthn.addCredential', { authenticatorId: stolen.authenticatorId, credential: credentials[0] });
    await stolen.cdp.send('WebAuthn.setUserVerified', { authenticatorId: stolen.authenticatorId, isUserVerified: false });
    await other.visit(northvale.sign_in, 'Sign in');
    await other.press('Sign in with a passkey');
    await other.sees('No passkey was used');
  });

  await journey.step('sessions of other browsers are seen and ended', async () => {
    const elsewhere = await journey.person('second browser');
    await elsewhere.signIn(northvale, account, { ahead: 1 });
    await mail.arrives('the mail about the new browser', (m) => m.includes(account.email) && m.includes('was not used on before'));
    await sam.visit(sam.at('/account'), 'Your account');
    await sam.press(/^End the session/);
    await sam.sees('Session ended');
    await elsewhere.visit(elsewhere.at('/account'), 'Sign in');
  });
}, { flags });
