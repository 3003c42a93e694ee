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

  await journey.step('sign-in says what is missing and not what is wrong', async () => {
    await officer.visit(northvale.sign_in, 'Sign in');
    await officer.wrong('Continue', 'sign in empty', 'Enter your email address');
    await officer.type('Email address', 'nobody@police.northvale.example.org');
    await officer.type('Password', 'not the password');
    await officer.press('Continue');
    await officer.heading('Enter your code');
    await officer.wrong('Sign in', 'sign in code empty', 'Enter the 6 digits that your authenticator app shows');
    await officer.type('6-digit code', '123456');
    await officer.press('Sign in');
    await officer.heading('Sign in');
    await officer.sees('There is a problem');
    await officer.check('sign in refused');
    await officer.visit(`${northvale.sign_in.replace('sign-in', 'cases')}`, 'Sign in');
  });

  const reference = await journey.step('a professional refers somebody', async () => {
    await officer.signIn(northvale, user(northvale, 'pat.hargreave'));
    await officer.check('home of a referrer');
    await officer.follow('Referrals');
    await officer.press('Make a referral');
    await officer.heading('Make a referral');
    await officer.check('refer');
    await officer.wrong('Send referral', 'refer wrong', 'Select if the person was harmed or caused harm');
    await officer.answer('Was the person harmed, or did they cause harm?', 'They were harmed');
    await officer.type('First name', 'Joachim');
    await officer.type('Last name', family);
    await officer.date('Date of birth (optional)', 1984, 11, 2);
    await officer.answer('Which ways are safe?', 'Phone call');
    await officer.type('Phone number (optional)', '07700 900588');
    await officer.type('Postcode (optional)', 'NV4 7QT');
    await officer.choose('Kind of harm', await optionLike(officer, 'Kind of harm', /robbery/i));
    await officer.type('What happened (optional)', 'Robbed on the way home from work.');
    await officer.type('Other person’s first name (optional)', 'Kit');
    await officer.type('Other person’s last name (optional)', `Ferro${word}`);
    await officer.choose('Where the referral comes from', 'Police: officer in the case');
    await officer.choose('Who asked for it', 'Professional');
    await officer.type('Your work email (optional)', 'pat.hargreave@police.northvale.example.org');
    await officer.choose('Agency that should work on it (optional)', 'Steps Forward');
    await officer.answer('Does the person know about this referral and agree to be contacted?', 'Yes');
    await officer.press('Send referral');
    await officer.heading('Referral sent');
    await officer.check('referral sent');
    const sent = (await officer.words()).match(REFERENCE)[0];
    await officer.follow('see the state of this referral');
    await officer.heading('State of a referral');
    await officer.check('referral state');
    return sent;
  });
  const stateAddress = new URL(officer.page.url()).pathname;

  await journey.step('it is returned for information and answered', async () => {
    await coordinator.signIn(northvale, user(northvale, 'sian.beddoes'));
    await openReferral(coordinator, reference);
    await coordinator.press('Start triage');
    await coordinator.sees('Triage started');
    await coordinator.press('Ask for information');
    await coordinator.heading('Ask for information');
    await coordinator.wrong('Send question', 'return wrong', 'Enter what you need to know');
    await coordinator.type('What do you need to know?', 'Does he need an interpreter?');
    await coordinator.press('Send question');
    await coordinator.sees('Question sent');
    await coordinator.check('referral returned');
    await mail.arrives('the mail that more is needed', (m) => m.includes('pat.hargreave@') && m.includes(reference));
    await officer.visit(officer.at(''), 'Home');
    await officer.follow(`Give more information on ${reference}`);
    await officer.page.goto(stateAddress);
    await officer.sees('Does he need an interpreter?');
    await officer.check('referral state asked');
    await officer.wrong('Send answer', 'answer wrong', 'Enter your answer');
    await officer.type('Your answer', 'No, he speaks English.');
    await officer.press('Send answer');
    await officer.sees('Your answer was sent');
    await officer.follow('Back to referrals that you sent');
    await officer.heading('Referrals that you sent');
    await officer.check('referrals mine');
  });

  await journey.step('it is refused, and looked at again', async () => {
    await openReferral(coordinator, reference, 'In triage');
    await coordinator.sees('No, he speaks English.');
    await coordinator.check('referral answered');
    await coordinator.press('Do not accept');
    await coordinator.heading('Do not accept this referral');
    await coordinator.wrong('Do not accept', 'reject wrong', 'Select a reason');
    await coordinator.answer('Why is the referral not accepted?', 'No capacity');
    await coordinator.press('Do not accept');
    await coordinator.sees('Referral not accepted');
    await coordinator.check('referral rejected');
    await mail.arrives('the mail about the decision', (m) => m.includes('pat.hargreave@') && m.includes(reference) && /cannot take it forward/.test(m));
    await officer.page.goto(stateAddress);
    await officer.sees('The referral was not accepted.');
    await officer.check('referral state rejected');
    await coordinator.press('Look at it again');
    await coordinator.heading('Look at this referral again');
    await coordinator.wrong('Take back to triage', 'appeal wrong', 'Enter why this should be looked at again');
    await coordinator.type('Why should it be looked at again?', 'A place has come free.');
    await coordinator.press('Take back to triage');
    await coordinator.sees('Referral is in triage again');
    for (const [link, heading, button, message] of [
      ['Mark as duplicate', 'Mark as duplicate', 'Mark as duplicate', /Select the other referral/],
      ['Pass to another service', 'Pass to another service', 'Pass to another service', 'Select a reason'],
      ['Withdraw', 'Withdraw this referral', 'Withdraw referral', 'Select a reason'],
    ]) {
      await coordinator.press(link);
      await coordinator.heading(heading);
      await coordinator.wrong(button, `referral ${link} wrong`, message);
      await coordinator.follow('Cancel');
      await coordinator.heading(`Referral ${reference}`);
    }
  });

  const caseAddress = await journey.step('two people at one record do not overwrite each other', async () => {
    await coordinator.press('Accept');
    await coordinator.heading('Who are the people?');
    for (const group of await coordinator.page.getByRole('group', { name: 'Who is this?' }).all()) {
      await group.getByLabel('A new person', { exact: true }).check();
    }
    await coordinator.press('Continue');
    await coordinator.heading('Which case?');
    await coordinator.answer('Does the referral open a new case or join an open one?', 'Another open case');
    await coordinator.wrong('Continue', 'accept case wrong', 'Enter the reference of the case');
    await coordinator.answer('Does the referral open a new case or join an open one?', 'A new case');
    await coordinator.press('Continue');
    await coordinator.heading('Check before you accept');
    await coordinator.press('Accept referral');
    await coordinator.heading(/^Case RJ-/);
    const address = new URL(coordinator.page.url()).pathname;

    const other = await coordinator.tab('coordinator in another tab');
    for (const tab of [coordinator, other]) await tab.visit(`${address}/edit`, 'Change case details');
    await coordinator.type('Risks (optional)', 'A dog in the house.');
    await coordinator.press('Save changes');
    await coordinator.sees('Case details changed');
    await other.type('Risks (optional)', 'Steep stairs.');
    await other.press('Save changes');
    await other.sees('What is saved now');
    await other.sees('A dog in the house.');
    const kept = await other.page.getByLabel('Risks (optional)', { exact: true }).inputValue();
    journey.expect(kept === 'Steep stairs.', 'what was typed is still there after a clash', kept);
    await other.check('case edit clash');
    await other.type('Risks (optional)', 'A dog in the house, and steep stairs.');
    await other.press('Save changes');
    await other.sees('Case details changed');
    await other.page.close();
    return address;
  });

  await journey.step('every form of a case says what is missing', async () => {
    for (const [path, heading, button, message] of [
      ['/hold', 'Put this case on hold', 'Put on hold', 'Enter why the case is on hold'],
      ['/participants/add', /Add participant/i, /^(Continue|Search|Add|Look)/, /.*/],
      ['/close', 'Close case', 'Continue', 'Select why the case is closed'],
      ['/allocate', 'Allocate case', 'Continue', 'Select who you want to allocate this case to'],
      ['/hand-over', 'Hand over cases', 'Continue', 'Select whose cases you want to hand over'],
    ]) {
      await coordinator.visit(`${caseAddress}${path}`, heading);
      await coordinator.check(`case ${path}`);
      await coordinator.wrong(button, `case ${path} wrong`, message);
    }
    await coordinator.visit(`${caseAddress}/edit`, 'Change case details');
    await coordinator.choose('Type of harm', 'Choose one');
    await coordinator.wrong('Save changes', 'case edit wrong', 'Select the type of harm');
    await coordinator.visit(`${caseAddress}/participants`, 'Participants');
    await coordinator.check('participants of two sides');
    await coordinator.follow(/^Open/);
    await coordinator.page.getByRole('heading', { name: 'Contact attempts' }).waitFor();
    await coordinator.check('participant of two sides');
    const participant = new URL(coordinator.page.url()).pathname;
    for (const [path, heading, button, message] of [
      ['/status', 'Change status', 'Change status', 'Select their status'],
      ['/contact-points/add', 'Add contact details', 'Add and set safety', 'Select the kind of contact'],
    ]) {
      await coordinator.visit(`${participant}${path}`, heading);
      await coordinator.wrong(button, `participant ${path} wrong`, message);
    }
    await coordinator.visit(`${participant}/identity`, /.*/);
    await coordinator.check('participant identity');
    await coordinator.type('Last name', '');
    await coordinator.type('First name', '');
    await coordinator.wrong(/^Save/, 'participant identity wrong', /Enter/);
    await coordinator.visit(`${participant}/demographics`, /.*/);
    await coordinator.check('participant demographics');
    await coordinator.visit(`${caseAddress}/meetings`, 'Meetings');
    await coordinator.check('meetings none');
    await coordinator.visit(`${caseAddress}/notes`, 'Notes');
    await coordinator.check('notes none');
    await coordinator.visit(`${caseAddress}/outcomes`, 'Outcomes');
    await coordinator.check('outcomes none');
  });

  await journey.step('a case on hold says so', async () => {
    await coordinator.visit(`${caseAddress}/hold`, 'Put this case on hold');
    await coordinator.type('Why is the case on hold?', 'The trial comes first.');
    await coordinator.date('When will you look at it again?', ...inHours(24 * 30).date);
    await coordinator.press('Put on hold');
    await coordinator.sees('The case is on hold');
    await coordinator.check('case on hold');
    await coordinator.visit(`${caseAddress}/hold`, 'Take this case off hold');
    await coordinator.check('case off hold');
    await coordinator.press('Take off hold');
    await coordinator.sees('The case is no longer on hold');
  });

  await journey.step('a case is handed over to a colleague', async () => {
    await coordinator.visit(`${caseAddress}/allocate`, 'Allocate case');
    await coordinator.answer('Who do you want to allocate this case to?', 'Theo Nakamura');
    await coordinator.press('Continue');
    await coordinator.press('Allocate case');
    await coordinator.heading('Case allocated');
    await mail.arrives('the mail to the first facilitator', (m) => m.includes('theo.nakamura@'));
    await coordinator.visit(`${caseAddress}/hand-over`, 'Hand over cases');
    await coordinator.choose('Who takes them?', 'Uma Castellan');
    await coordinator.answer('What do you want to hand over?', 'Only this case');
    await coordinator.answer('Why?', 'To share the work more evenly');
    await coordinator.press('Continue');
    await coordinator.heading('Check before you hand over');
    await coordinator.check('hand over check');
    await coordinator.press('Hand over');
    await coordinator.sees('1 of 1 case handed over');
    await coordinator.check('handed over');
    await mail.arrives('the mail to the second facilitator', (m) => m.includes('uma.castellan@'));
    await coordinator.page.goto(caseAddress);
    await coordinator.sees('Uma Castellan');
    await coordinator.check('case handed over');
    await coordinator.follow('End allocation');
    await coordinator.heading('End allocation');
    await coordinator.wrong('End allocation', 'end allocation wrong', 'Select why the allocation ends');
    await coordinator.visit(coordinator.at('/cases/hand-over'), 'Hand over cases');
    await coordinator.check('hand over all');
    await coordinator.wrong('Continue', 'hand over all wrong', 'Select whose cases you want to hand over');
  });

  await journey.step('a person is found by a name that is spelled wrongly', async () => {
    await coordinator.visit(coordinator.at('/people'), 'Find a person');
    await coordinator.check('people');
    await coordinator.wrong('Search', 'people wrong', /Enter a name, date of birth/);
    const field = 'Name, date of birth, postcode, phone number or reference';
    await coordinator.type(field, `Joachym Brant${word}`);
    await coordinator.press('Search');
    await coordinator.page.getByRole('heading', { name: 'Results' }).waitFor();
    await coordinator.sees(family);
    await coordinator.check('people found');
    await coordinator.follow(new RegExp(family));
    await coordinator.page.getByRole('heading', { name: 'How to reach them safely' }).waitFor();
    await coordinator.check('person');
    await coordinator.follow('Find another person');
    await coordinator.type(field, 'Xqzvkj Wxqzz');
    await coordinator.press('Search');
    await coordinator.sees('Nobody matches.');
    await coordinator.check('people none');
  });

  await journey.step('an empty list says why', async () => {
    await coordinator.visit(coordinator.at('/cases?reference=RJ-1999-99999'), 'Cases');
    await coordinator.sees('No cases match these filters.');
    await coordinator.check('cases none');
    for (const tab of [/^Closed/, /^All open/, /^Mine/]) {
      await coordinator.follow(tab);
      await coordinator.page.getByRole('link', { name: tab }).and(coordinator.page.locator('[aria-current]')).waitFor();
      await coordinator.check(`cases ${tab.source}`);
    }
    for (const tab of ['new', 'triage', 'waiting', 'decided']) {
      await coordinator.visit(coordinator.at(`/referrals?tab=${tab}`), 'Referrals');
      await coordinator.check(`referrals ${tab}`);
    }
    await coordinator.visit(coordinator.at('/referrals?tab=waiting&source=MEDIATION'), 'Referrals');
    await coordinator.check('referrals none');
  });

  await journey.step('figures leave as a file', async () => {
    await coordinator.prove(user(northvale, 'sian.beddoes'));
    await coordinator.visit(coordinator.at('/reports'), 'Reports');
    for (const title of await coordinator.page.locator('main h2 a').allInnerTexts()) {
      await coordinator.follow(title);
      await coordinator.heading(title);
      await coordinator.page.locator('#figures').waitFor();
      await coordinator.check(`report ${title}`);
      const link = coordinator.page.getByRole('link', { name: 'Download these figures as a CSV file' });
      if ((await link.count()) > 0) {
        const [download] = await Promise.all([coordinator.page.waitForEvent('download'), link.click()]);
        const text = readFileSync(await download.path(), 'utf8');
        journey.expect(download.suggestedFilename().endsWith('.csv') && text.split('\n').length > 1 && !text.includes(family), `${title}: the file has lines and no name`, text.slice(0, 400));
      }
      await coordinator.date('First day', 2026, 13, 40);
      await coordinator.wrong('Show report', `report ${title} wrong`, /must/);
      await coordinator.visit(coordinator.at('/reports'), 'Reports');
    }
    await coordinator.page.goto(coordinator.at('/reports'));
    await coordinator.page.locator('main h2 a').first().click();
    await coordinator.page.locator('#figures').waitFor();
    await coordinator.date('First day', 2001, 1, 1);
    await coordinator.date('Last day', 2001, 1, 31);
    await coordinator.press('Show report');
    await coordinator.sees(/1 January 2001/);
    await coordinator.check('report empty');
  });

  await journey.step('pages for everybody can be read', async () => {
    for (const path of ['/help', '/privacy', '/accessibility', '/cookies', '/account']) {
      await coordinator.visit(coordinator.at(path), /.*/);
      await coordinator.check(`signed in ${path}`);
    }
    const reader = await journey.person('reader');
    for (const path of ['/privacy', '/accessibility', '/cookies', '/help']) {
      await reader.visit(`/t/northvale${path}`, /.*/);
      await reader.check(`public ${path}`);
    }
    await reader.page.goto('/t/nowhere/sign-in');
    await reader.heading('Page not found');
    await coordinator.visit(coordinator.at('/users/invite'), /permission|not found/i);
    await coordinator.check('no permission');
  });

  await journey.step('the form for somebody else, and leaving it', async () => {
    const sister = await journey.person('sister');
    await sister.visit(`/t/saltmere/refer/exit-this-page`, 'If you need to leave quickly');
    await sister.press('Continue');
    await sister.answer('Who are you asking for?', 'Someone else');
    await sister.press('Continue');
    await sister.heading('What is your name?');
    await sister.wrong('Continue', 'form your name wrong', 'Enter your name');
    await sister.type('What is your name?', 'Ines Varga');
    await sister.press('Continue');
    await sister.heading('How do you know the person?');
    await sister.check('form relation');
    await sister.wrong('Continue', 'form relation wrong', 'Enter how you know the person');
    await sister.type('How do you know the person?', 'I am their sister');
    await sister.press('Continue');
    await sister.heading('How can we contact you?');
    await sister.wrong('Continue', 'form your contact wrong', /Enter your email address or your phone number/);
    await sister.type('Your email address', 'ines.varga@mail.example.org');
    await sister.press('Continue');
    await sister.heading('Was the person harmed, or did they cause harm?');
    await sister.wrong('Continue', 'form person wrong', 'Select if the person was harmed or caused harm');
    await sister.answer('Was the person harmed, or did they cause harm?', 'They were harmed');
    await sister.press('Continue');
    await sister.heading('What is the person’s name?');
    await sister.type('First name', 'Bela');
    await sister.type('Last name', 'Varga');
    await sister.press('Continue');
    await sister.heading('How can we contact the person safely?');
    await sister.answer('How can we contact the person safely?', 'Phone call', 'Post');
    await sister.press('Continue');
    await sister.heading('Where can we contact the person?');
    await sister.check('form their contact details');
    await sister.type('Their phone number', '07700 900712');
    await sister.type('Their address', '4 Quay Steps');
    await sister.press('Continue');
    await sister.heading('May we leave the person a voicemail?');
    await sister.check('form voicemail');
    await sister.wrong('Continue', 'form voicemail wrong', 'Select yes if we may leave a voicemail');
    await sister.press('Delete my answers and leave');
    await sister.heading(/^(Elsewhere|Weather)$/);
    const exit = await journey.person('somebody in a hurry');
    await exit.visit('/t/saltmere/refer', 'Ask for help after harm');
    await exit.page.getByRole('button', { name: /Exit this page/ }).or(exit.page.getByRole('link', { name: /Exit this page/ })).first().waitFor({ state: 'attached' });
  });

  await journey.step('every form of the administration says what is missing', async () => {
    const administrator = await journey.person('administrator');
    await administrator.signIn(saltmere, user(saltmere, 'ivor.pemberley'));
    await administrator.check('home of an administrator of one office');
    for (const [path, button, empty] of [
      ['/organisation/nodes/add', /^(Add|Save|Continue)/, []],
      ['/organisation/service-accounts/add', /^(Add|Save|Continue)/, []],
      ['/organisation/settings', /^(Save|Continue)/, ['Name']],
    ]) {
      await administrator.visit(administrator.at(path), /.*/);
      await administrator.check(`admin ${path}`);
      for (const label of empty) {
        const field = administrator.page.locator('main').getByLabel(new RegExp(label, 'i')).first();
        await field.fill('');
      }
      await administrator.wrong(button, `admin ${path} wrong`);
    }
    await administrator.visit(administrator.at('/users'), 'Users');
    await administrator.check('users of one office');
    await administrator.follow('Noah Ferris');
    await administrator.heading('User account');
    await administrator.check('user of one office');
    const address = new URL(administrator.page.url()).pathname;
    for (const path of ['/edit', '/roles/add', '/disable', '/enrolment']) {
      await administrator.visit(`${address}${path}`, /.*/);
      await administrator.check(`user ${path}`);
    }
    await administrator.visit(`${address}/edit`, /.*/);
    await administrator.type('Full name', '');
    await administrator.wrong(/^Save/, 'user edit wrong', /Enter/);
  });

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
    // A token lives for a minute at the most, so the other browser is not waited for: its session's cookie goes.
    await one.context.clearCookies();
    await one.press('Send referral');
    await one.heading('For security we signed you out');
    await one.check('session ended');
    await one.page.goto(one.at('/referrals'));
    await one.heading('Sign in');
  });
});

/** Opens a referral from its list. */
async function openReferral(person, reference, tab = 'New') {
  await person.follow('Referrals');
  await person.heading('Referrals');
  if (tab !== 'New') {
    await person.follow(new RegExp(`^${tab}`), person.page.getByRole('navigation', { name: 'States of referrals' }));
    await person.page.getByRole('heading', { level: 2, name: tab }).waitFor();
  }
  await person.follow(reference);
  await person.heading(`Referral ${reference}`);
}

/** The first answer of a list that says this. */
async function optionLike(person, label, words) {
  const all = await person.page.getByLabel(label, { exact: true }).locator('option').allInnerTexts();
  const found = all.find((text) => words.test(text));
  if (!found) throw new Error(`${label} offers none of ${words}: ${all.join(', ')}`);
  return found;
}
