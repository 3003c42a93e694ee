// The states beside the straight way: a professional's referral with all its turns, mistakes in every form, two people at
// one record, empty lists, search, figures as a file, hand-over, and the end of a session.
import { readFileSync } from 'node:fs';
import { REFERENCE } from './lib/form.mjs';
import { run } from './lib/journey.mjs';
import { Outbox, tenant, user } from './lib/stack.mjs';
import { inHours, unlike } from './lib/time.mjs';

await run('states', async (journey) => {
  const northvale = tenant('northvale');
  const saltmere = tenant('saltmere');
  const mail = new Outbox(northvale.mail);
  const word = unlike();
  const family = `Brandt${word}`;

  const officer = await journey.person('police officer');
  const coordinator = await journey.person('coordinator');

  await coordinator.signIn(northvale, user(northvale, 'sian.beddoes'));
  await coordinator.visit(coordinator.at('/cases?tab=open'), 'Cases');
  await coordinator.page.locator('tbody a').first().click();
  await coordinator.heading(/^Case RJ-/);
  const caseAddress = new URL(coordinator.page.url()).pathname;
  await journey.step('a session that is left alone warns, and ends', async () => {
    const tab = await coordinator.tab('coordinator who went away');
    await tab.page.clock.install();
    await tab.visit(tab.at('/help'), 'Help');
    await tab.page.clock.fastForward('18:30');
    await tab.page.getByRole('heading', { name: 'You are about to be signed out' }).waitFor();
    await tab.sees('2 minutes');
    await tab.check('about to be signed out');
    await tab.press('Stay signed in');
    await tab.page.getByRole('heading', { name: 'You are about to be signed out' }).waitFor({ state: 'hidden' });
    await tab.page.clock.fastForward('20:30');
    await tab.heading('Sign in');
    await tab.sees('For security we signed you out.');
    await tab.check('timed out');
    await tab.page.close();
  });

  await journey.step('signing out leaves nothing behind the back button', async () => {
    await coordinator.visit(caseAddress, /^Case RJ-/);
    await coordinator.press('Sign out');
    await coordinator.heading('Sign in');
    await coordinator.sees('You have signed out.');
    await coordinator.check('signed out');
    await coordinator.page.goBack();
    await coordinator.heading('Sign in');
    await coordinator.seesNot(family);
  });

  await journey.step('a form that is sent after the session ended is not lost without a word', async () => {
    const one = await journey.person('officer at a desk');
    const other = await journey.person('officer on a phone');
    const account = user(saltmere, 'quin.abbot');
    await one.signIn(saltmere, account);
    await one.visit(one.at('/referrals/new'), 'Make a referral');
    await one.type('First name', 'Ottilie');
    await other.signIn(saltmere, account, { ahead: 1 });
    await other.visit(other.at('/account'), /.*/);
    await other.press('Sign out everywhere');
    await other.heading('Sign in');
    await other.sees('You have signed out on every device.');
    await other.check('signed out everywhere');
    await one.press('Send referral');
    await one.heading('For security we signed you out');
    await one.check('session ended');
    await one.page.goto(one.at('/referrals'));
    await one.heading('Sign in');
  });
});

