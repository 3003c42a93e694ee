// The public form and a facilitator's work in a browser without JavaScript.
import { askForHelp } from './lib/form.mjs';
import { run } from './lib/journey.mjs';
import { Outbox, tenant, user } from './lib/stack.mjs';
import { inHours, unlike } from './lib/time.mjs';

await run('nojs', async (journey) => {
  const saltmere = tenant('saltmere');
  const mail = new Outbox(saltmere.mail);
  const texts = new Outbox(saltmere.texts);
  const word = unlike();
  const harmed = {
    given: 'Perpetua', family: `Stone${word}`, email: `perpetua.${word}@mail.example.org`, phone: '07700 900377', born: [1971, 12, 30],
    story: 'My shop was broken into.',
  };
  const plain = { javaScript: false };

  const member = await journey.person('member of the public', plain);
  const reference = await journey.step('a member of the public asks for help', () =>
    askForHelp(member, saltmere, harmed, { script: false, mistakes: true, look: (state) => member.check(`form ${state}`) }));

  const coordinator = await journey.person('coordinator', plain);
  await journey.step('the coordinator accepts and allocates', async () => {
    await coordinator.signIn(saltmere, user(saltmere, 'maya.dunstan'), { check: true });
    await coordinator.check('home');
    await coordinator.follow('Referrals');
    await coordinator.heading('Referrals');
    await coordinator.follow(reference);
    await coordinator.press('Start triage');
    await coordinator.sees('Triage started');
    await coordinator.press('Accept');
    await coordinator.heading('Who are the people?');
    await coordinator.check('accept people');
    await coordinator.answer('Who is this?', 'A new person');
    await coordinator.press('Continue');
    await coordinator.heading('Which case?');
    await coordinator.answer('Does the referral open a new case or join an open one?', 'A new case');
    await coordinator.answer('Kind of case', 'Restorative justice');
    await coordinator.check('accept case');
    await coordinator.press('Continue');
    await coordinator.heading('Check before you accept');
    await coordinator.press('Accept referral');
    await coordinator.heading(/^Case RJ-/);
    await coordinator.press('Allocate');
    await coordinator.heading('Allocate case');
    await coordinator.answer('Who do you want to allocate this case to?', 'Orla Kenrick');
    await coordinator.press('Continue');
    await coordinator.heading('Check before you allocate this case');
    await coordinator.press('Allocate case');
    await coordinator.heading('Case allocated');
    await mail.arrives('the mail to the facilitator', (m) => m.includes('orla.kenrick@'));
  });

  const facilitator = await journey.person('facilitator', plain);
  await journey.step('the facilitator signs in and opens the case', async () => {
    await facilitator.signIn(saltmere, user(saltmere, 'orla.kenrick'));
    await facilitator.follow('Cases');
    await facilitator.heading('Cases');
    await facilitator.check('cases');
    await facilitator.page.getByRole('row').filter({ hasText: harmed.family }).getByRole('link').first().click();
    await facilitator.heading(/^Case RJ-/);
    await facilitator.check('case');
  });
  await journey.step('a note is added', async () => {
    await facilitator.press('Add note');
    await facilitator.heading('Add note');
    await facilitator.wrong('Add note', 'note wrong', 'Enter the note');
    await facilitator.type('Note', 'She wants to know whether he has been caught.');
    await facilitator.press('Add note');
    await facilitator.sees('Note added');
    await facilitator.sees('She wants to know whether he has been caught.');
    await facilitator.check('notes');
  });
  await journey.step('the telephone is safe, and the reminder of a meeting leaves', async () => {
    await facilitator.follow('Participants');
    await facilitator.heading('Participants');
    await facilitator.follow(/^Open/);
    await facilitator.follow(/^Set safety.*07700/);
    await facilitator.heading('Set how safe these contact details are');
    await facilitator.answer('Is it safe to use?', 'Safe');
    await facilitator.answer('What may we do?', 'Send texts');
    await facilitator.answer('Did the person themself confirm this?', 'Yes');
    await facilitator.press('Save safety');
    await facilitator.sees('Safety of the contact details saved');
    const at = inHours(4);
    await facilitator.follow('Meetings');
    await facilitator.heading('Meetings');
    await facilitator.page.getByRole('button', { name: 'Schedule meeting' }).first().click();
    await facilitator.heading('Schedule meeting');
    await facilitator.choose('What is the meeting for?', 'Preparation meeting');
    await facilitator.date('Date', ...at.date);
    await facilitator.type('Time', at.time);
    await facilitator.answer(/Perpetua/, 'Takes part', 'Remind by text');
    await facilitator.press('Continue');
    await facilitator.heading('Check before you schedule this meeting');
    await facilitator.press('Schedule meeting');
    await facilitator.sees('Meeting scheduled');
    await facilitator.check('meeting');
    await texts.arrives('the reminder', (t) => t.includes('07700 900377') && /Reminder: your appointment/.test(t));
  });
  await journey.step('search and figures work', async () => {
    await coordinator.follow('People');
    await coordinator.heading('Find a person');
    await coordinator.type('Name, date of birth, postcode, phone number or reference', harmed.family);
    await coordinator.press('Search');
    await coordinator.page.getByRole('heading', { name: 'Results' }).waitFor();
    await coordinator.sees(harmed.family);
    await coordinator.follow('Reports');
    await coordinator.heading('Reports');
    await coordinator.page.locator('main h2 a').first().click();
    await coordinator.page.locator('#figures').waitFor();
    await coordinator.check('report');
    await coordinator.press('Sign out');
    await coordinator.heading('Sign in');
    await coordinator.sees('You have signed out.');
  });
});
