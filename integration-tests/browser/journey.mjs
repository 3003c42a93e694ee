// The whole job once: somebody asks for help on the public form, and five people with different roles do the rest.
import { copyFileSync, mkdirSync } from 'node:fs';
import { join } from 'node:path';
import { REFERENCE, askForHelp } from './lib/form.mjs';
import { run } from './lib/journey.mjs';
import { Outbox, code, home, tenant, user } from './lib/stack.mjs';
import { inHours, unlike } from './lib/time.mjs';

await run('journey', async (journey) => {
  const northvale = tenant('northvale');
  const mail = new Outbox(northvale.mail);
  const texts = new Outbox(northvale.texts);
  const word = unlike();
  const harmed = {
    given: 'Marisol', family: `Quint${word}`, called: 'Mari', email: `mari.${word}@mail.example.org`, phone: '07700 900461', born: [1990, 5, 4],
    story: 'Somebody broke into my home while I slept, and I would like to ask why.',
  };

  const member = await journey.person('member of the public');
  const reference = await journey.step('a member of the public asks for help', () =>
    askForHelp(member, northvale, harmed, { mistakes: true, look: (state) => member.check(`form ${state}`) }));
  const cookies = await member.context.cookies();
  journey.expect(cookies.length === 0, 'the public form leaves no cookie', JSON.stringify(cookies));
  await journey.step('the acknowledgement comes by e-mail and tells nothing', async () => {
    const text = await mail.arrives('the acknowledgement', (m) => m.includes(harmed.email) && m.includes(reference));
    journey.expect(!/Quint|Marisol|burglar|restorative/i.test(text.replace(/^To:.*$/m, '')), 'the acknowledgement names nobody and nothing', text);
  });

  const lead = await journey.person('lead');
  await journey.step('the lead signs in', () => lead.signIn(northvale, user(northvale, 'leo.marchetti'), { check: true }));
  await lead.check('home of a lead');

  const caseReference = await journey.step('the lead triages and accepts', async () => {
    await lead.follow('Referrals');
    await lead.heading('Referrals');
    await lead.check('referrals');
    await lead.follow(reference);
    await lead.heading(`Referral ${reference}`);
    await lead.check('referral new');
    await lead.press('Start triage');
    await lead.sees('Triage started');
    await lead.sees('Possible duplicates');
    await lead.check('referral in triage');
    for (const link of ['Ask for information', 'Do not accept', 'Mark as duplicate', 'Pass to another service', 'Withdraw']) {
      await lead.press(link);
      await lead.heading(/Ask for information|Do not accept this referral|Mark as duplicate|Pass to another service|Withdraw this referral/);
      await lead.check(`referral ${link}`);
      await lead.page.goBack();
      await lead.heading(`Referral ${reference}`);
    }
    await lead.press('Accept');
    await lead.heading('Who are the people?');
    await lead.check('accept people');
    await lead.answer('Who is this?', 'A new person');
    await lead.press('Continue');
    await lead.heading('Which case?');
    await lead.answer('Does the referral open a new case or join an open one?', 'A new case');
    await lead.answer('Kind of case', 'Restorative justice');
    await lead.choose('Agency that owns the case', 'Common Ground');
    await lead.check('accept case');
    await lead.press('Continue');
    await lead.heading('Check before you accept');
    await lead.check('accept check');
    await lead.press('Accept referral');
    // The page that the case is opening goes on by itself.
    await lead.heading(/^Case RJ-/);
    await lead.check('case new');
    return (await lead.page.title()).match(REFERENCE)[0];
  });
  await journey.step('the page about an opening case can be read', async () => {
    const unknown = '00000000-0000-7000-8000-000000000001';
    await lead.visit(lead.at(`/cases/${unknown}?opening=31`), 'The case is opening');
    await lead.check('case opening');
    await lead.visit(lead.at(`/cases/${unknown}`), 'Page not found');
    await lead.check('not found');
  });

  const coordinator = await journey.person('coordinator');
  await journey.step('the coordinator signs in and allocates', async () => {
    await coordinator.signIn(northvale, user(northvale, 'cora.whitlock'));
    await coordinator.check('home of a coordinator');
    await coordinator.follow(/^Cases to allocate/);
    await coordinator.heading('Cases');
    await coordinator.check('cases unallocated');
    await openCase(coordinator, caseReference, harmed);
    await coordinator.press('Allocate');
    await coordinator.heading('Allocate case');
    await coordinator.check('allocate');
    await coordinator.answer('Who do you want to allocate this case to?', 'Finn Abara');
    await coordinator.press('Continue');
    await coordinator.heading('Check before you allocate this case');
    await coordinator.check('allocate check');
    await coordinator.press('Allocate case');
    await coordinator.heading('Case allocated');
    await coordinator.check('allocated');
  });
  await journey.step('the facilitator is told by e-mail', async () => {
    const account = user(northvale, 'finn.abara');
    const text = await mail.arrives('the mail to the facilitator', (m) => m.includes(account.email) && m.includes(caseReference));
    journey.expect(!/Quint|Marisol|Mari\b|burglar/i.test(text), 'the mail to the facilitator names nobody', text);
  });

  const facilitator = await journey.person('facilitator');
  await journey.step('the facilitator finds the case at home', async () => {
    await facilitator.signIn(northvale, user(northvale, 'finn.abara'));
    await facilitator.check('home of a facilitator');
    await facilitator.follow('Cases');
    await facilitator.heading('Cases');
    await facilitator.check('cases mine');
    await openCase(facilitator, caseReference, harmed);
    await facilitator.check('case allocated');
    if (process.env.ACCORD_DOCS === '1') {
      mkdirSync(join(home, 'docs'), { recursive: true });
      copyFileSync(join(journey.screens, 'case-allocated-1280.png'), join(home, 'docs/case-overview.png'));
    }
  });
  const caseAddress = new URL(facilitator.page.url()).pathname;

  await journey.step('the facilitator sets how safe the telephone is', async () => {
    await participant(facilitator);
    await facilitator.check('participant');
    await facilitator.follow(/^Set safety.*07700/);
    await facilitator.heading('Set how safe these contact details are');
    await facilitator.wrong('Save safety', 'contact safety wrong', 'Select whether the person confirmed this');
    await facilitator.answer('Is it safe to use?', 'Safe');
    await facilitator.answer('What may we do?', 'Send texts');
    await facilitator.answer('Did the person themself confirm this?', 'Yes');
    await facilitator.check('contact safety');
    await facilitator.press('Save safety');
    await facilitator.sees('Safety of the contact details saved');
  });
  await journey.step('consent is recorded', async () => {
    // That she may be contacted, and by text, came with her own request.
    await facilitator.follow('Record consent');
    await facilitator.heading('Record consent');
    await facilitator.wrong('Record consent', 'consent wrong', 'Select what the consent is for');
    await facilitator.choose('What is the consent for?', 'Taking part');
    await facilitator.answer('What did they say?', 'Given');
    await facilitator.answer('How?', 'Spoken');
    await facilitator.check('consent');
    await facilitator.press('Record consent');
    await facilitator.sees('Consent recorded');
    await facilitator.check('participant with consent');
  });
  await journey.step('a contact attempt is recorded', async () => {
    await facilitator.follow('Record contact attempt');
    await facilitator.heading('Record contact attempt');
    await facilitator.wrong('Record contact attempt', 'contact attempt wrong', 'Select how you tried to reach them');
    await facilitator.answer('How did you try to reach them?', 'Mobile telephone');
    await facilitator.answer('What came of it?', 'Reached');
    await facilitator.type('Note (optional)', 'She would like to meet in the library.');
    await facilitator.check('contact attempt');
    await facilitator.press('Record contact attempt');
    await facilitator.sees('Contact attempt recorded');
    await facilitator.sees('She would like to meet in the library.');
  });
  await journey.step('every other form about a participant can be read', async () => {
    for (const link of ['Change status', 'Add contact details', 'Change identity and needs', 'Record equality answers', 'Set a warning']) {
      await facilitator.follow(link);
      await facilitator.page.getByRole('link', { name: 'Cancel', exact: true }).waitFor();
      await facilitator.check(`participant ${link}`);
      await facilitator.follow('Cancel');
      await facilitator.page.getByRole('heading', { name: 'Contact attempts' }).waitFor();
    }
    await facilitator.follow(/^Remove.*07700/);
    await facilitator.heading('Remove contact details');
    await facilitator.check('participant Remove contact details');
    await facilitator.follow('Cancel');
    await facilitator.follow('Set a warning');
    await facilitator.heading('Set a warning');
    await facilitator.wrong('Save warning', 'warning wrong', 'Select the warning');
    await facilitator.answer('Which warning?', 'Do not call');
    await facilitator.type('What do colleagues have to know?', 'Others answer this telephone.');
    await facilitator.press('Save warning');
    await facilitator.sees('Warning set');
    await facilitator.page.goto(caseAddress);
    await facilitator.sees('Do not call');
    await facilitator.check('case with a warning');
  });

  await journey.step('a note is added and corrected', async () => {
    await facilitator.press('Add note');
    await facilitator.heading('Add note');
    await facilitator.check('note');
    await facilitator.wrong('Add note', 'note wrong', 'Enter the note');
    await facilitator.type('Note', 'She asked who broke in.');
    await facilitator.press('Add note');
    await facilitator.sees('Note added');
    await facilitator.heading('Notes');
    await facilitator.check('notes');
    await facilitator.follow(/^Correct/);
    await facilitator.heading('Correct note');
    await facilitator.check('note correct');
    await facilitator.wrong('Save correction', 'note correct wrong', 'Enter why it is corrected');
    await facilitator.type('Corrected note', 'She asked why he broke in.');
    await facilitator.type('Why is it corrected?', 'I had misheard her.');
    await facilitator.press('Save correction');
    await facilitator.sees('Note corrected');
    await facilitator.sees('She asked why he broke in.');
    await facilitator.page.getByText('Read what was recorded first').click();
    await facilitator.check('notes corrected');
  });

  await journey.step('a meeting within a day is scheduled, and the reminder leaves as a text', async () => {
    const at = inHours(3);
    await facilitator.follow('Meetings');
    await facilitator.heading('Meetings');
    await facilitator.check('meetings empty');
    await facilitator.press('Schedule meeting');
    await facilitator.heading('Schedule meeting');
    await facilitator.check('meeting');
    await facilitator.wrong('Continue', 'meeting wrong', 'Select what the meeting is for');
    await facilitator.choose('What is the meeting for?', 'Preparation meeting');
    await facilitator.date('Date', ...at.date);
    await facilitator.type('Time', at.time);
    await facilitator.type('Place (optional)', 'Library, Room 2');
    await facilitator.answer(/Marisol/, 'Takes part', 'Remind by text');
    await facilitator.press('Continue');
    await facilitator.heading('Check before you schedule this meeting');
    await facilitator.check('meeting check');
    await facilitator.press('Schedule meeting');
    await facilitator.sees('Meeting scheduled');
    const text = await texts.arrives('the reminder', (t) => t.includes('07700 900461') && /Reminder: your appointment/.test(t));
    journey.expect(!/Library|Quint|Marisol|restorative/i.test(text), 'the reminder names nobody and no place', text);
    await facilitator.page.reload();
    await facilitator.heading('Meeting');
    await facilitator.check('meeting scheduled');
    await facilitator.follow('Meetings');
    await facilitator.heading('Meetings');
    await facilitator.check('meetings');
  });
  await journey.step('the meeting is moved and cancelled, which is told by text', async () => {
    await facilitator.page.getByRole('row', { name: /Preparation meeting/ }).getByRole('link').click();
    await facilitator.heading('Meeting');
    await facilitator.follow(/^(Move|Change)/);
    await facilitator.heading('Move meeting');
    await facilitator.check('meeting move');
    await facilitator.follow('Cancel');
    await facilitator.heading('Meeting');
    await facilitator.follow(/^Cancel/);
    await facilitator.heading('Cancel meeting');
    await facilitator.wrong('Cancel meeting', 'meeting cancel wrong', 'Select why the meeting is cancelled');
    await facilitator.answer('Why is the meeting cancelled?', 'Asked for by the person harmed');
    await facilitator.check('meeting cancel');
    await facilitator.press('Cancel meeting');
    await facilitator.sees('Meeting cancelled');
    await texts.arrives('the text that the meeting is cancelled', (t) => t.includes('07700 900461') && /appointment/.test(t));
  });

  await journey.step('the case goes through its stages to an outcome', async () => {
    for (const stage of ['Initial contact', 'Assessment', 'Preparation', 'Intervention planned']) {
      await facilitator.page.goto(caseAddress);
      await act(facilitator, 'Change stage');
      await facilitator.heading('Change stage');
      if (stage === 'Initial contact') await facilitator.wrong('Change stage', 'stage wrong', 'Select the stage');
      await facilitator.answer('Which stage is next?', stage);
      await facilitator.check('stage');
      await facilitator.press('Change stage');
      await facilitator.sees('Stage changed');
    }
    await facilitator.check('case planned');
    for (const link of ['Put on hold', 'Change case details', 'Add participant']) {
      await act(facilitator, link);
      await facilitator.page.getByRole('link', { name: 'Cancel', exact: true }).waitFor();
      await facilitator.check(`case ${link}`);
      await facilitator.page.goto(caseAddress);
    }
    await act(facilitator, 'Record outcome');
    await facilitator.heading('Record outcome');
    await facilitator.check('outcome');
    await facilitator.wrong('Record outcome', 'outcome wrong', 'Select what was done');
    await facilitator.choose('What was done?', 'Restorative conversation');
    await facilitator.answer('How did it go?', 'Held');
    await facilitator.answer('What came of it?', 'Apology given', 'Questions answered');
    await facilitator.press('Record outcome');
    await facilitator.sees('Outcome recorded');
    await facilitator.check('outcomes');
    for (const section of ['Timeline', 'Access', 'Participants']) {
      await facilitator.follow(section);
      await facilitator.heading(section === 'Access' ? /access/i : section);
      await facilitator.check(`case ${section}`);
    }
  });
  await journey.step('the case closes', async () => {
    await facilitator.page.goto(caseAddress);
    const closer = (await facilitator.page.getByRole('link', { name: 'Close case', includeHidden: true }).count()) > 0 ? facilitator : coordinator;
    await closer.page.goto(caseAddress);
    await closer.heading(`Case ${caseReference}`);
    await act(closer, 'Close case');
    await closer.heading('Close case');
    await closer.check('close');
    await closer.wrong('Continue', 'close wrong', 'Select why the case is closed');
    await closer.answer('Why is the case closed?', 'Restorative work completed');
    await closer.press('Continue');
    await closer.heading('Check before you close this case');
    await closer.check('close check');
    await closer.press('Close case');
    await closer.sees('Case closed');
    await closer.heading('Cases');
  });

  const administrator = await journey.person('administrator');
  const newcomer = await journey.person('newcomer');
  const account = { email: `nadia.${word}@pcc.northvale.example.org`, password: 'three wooden bridges', totp_secret: '' };
  await journey.step('the administrator invites somebody who only reads', async () => {
    await administrator.signIn(northvale, user(northvale, 'ada.fernsby'));
    await administrator.check('home of an administrator');
    await administrator.follow('Users');
    await administrator.heading('Users');
    await administrator.check('users');
    await administrator.press('Invite a user');
    await administrator.heading('Invite a user');
    await administrator.check('invite');
    await administrator.wrong('Invite', 'invite wrong', "Enter the person's full name");
    await administrator.type('Full name', 'Nadia Brook');
    await administrator.type('Work email address', account.email);
    await administrator.choose('Agency or team', northvale.name);
    await administrator.answer('Roles', 'Read-only');
    await administrator.press('Invite');
    await administrator.heading('User invited');
    await administrator.check('invited');
    const invitation = await mail.arrives('the enrolment link', (m) => m.includes(account.email) && m.includes('/enrol?key='));
    const link = invitation.match(/https:\S+\/enrol\?key=\S+/)[0];
    const seen = await administrator.page.content();
    journey.expect(!seen.includes(new URL(link).searchParams.get('key')), 'the administrator does not see the link', '');
    await newcomer.visit(link.slice(new URL(link).origin.length), 'Set up your account');
    await newcomer.check('enrol');
    await newcomer.wrong('Finish', 'enrol wrong', 'Enter a password');
    account.totp_secret = await newcomer.page.locator('#totp-secret').innerText();
    await newcomer.type('Password', account.password);
    await newcomer.type('6-digit code from the app', code(account.totp_secret));
    await newcomer.press('Finish');
    await newcomer.heading('Keep your recovery codes');
    await newcomer.check('recovery codes');
    await newcomer.press('I have kept my codes: sign in');
    await newcomer.heading('Sign in');
    await newcomer.sees('Your account is ready');
    await newcomer.check('enrolled');
  });
  await journey.step('administration pages can be read', async () => {
    await administrator.follow('Go to the user');
    await administrator.heading('User account');
    await administrator.check('user');
    for (const [path, heading] of [['/organisation', 'Organisation'], ['/roles', /Roles/], ['/account', /account/i], ['/organisation/settings', /Settings/i], ['/organisation/nodes/add', /Add/], ['/organisation/service-accounts/add', /Add/]]) {
      await administrator.visit(administrator.at(path), heading);
      await administrator.check(`admin ${path}`);
    }
  });

  await journey.step('the coordinator reopens the case', async () => {
    await coordinator.page.goto(caseAddress);
    await coordinator.heading(`Case ${caseReference}`);
    await coordinator.check('case closed');
    await act(coordinator, 'Reopen case');
    await coordinator.heading('Reopen case');
    await coordinator.wrong('Reopen case', 'reopen wrong', 'Enter why the case is reopened');
    await coordinator.type('Why is the case reopened?', 'She has another question.');
    await coordinator.press('Reopen case');
    await coordinator.sees('Case reopened');
    await coordinator.check('case reopened');
  });

  await journey.step('who only reads sees that there is more', async () => {
    newcomer.tenant = northvale;
    await newcomer.signInHere(account, { ahead: 1 });
    await newcomer.heading('Home');
    await newcomer.check('home of a reader');
    await newcomer.page.goto(caseAddress);
    await newcomer.heading(`Case ${caseReference}`);
    await newcomer.sees('Restricted');
    await newcomer.check('case restricted');
    await newcomer.follow('Participants');
    await newcomer.heading('Participants');
    await newcomer.follow(/^Open/);
    await newcomer.page.getByRole('heading', { name: 'Contact details' }).waitFor();
    await newcomer.seesNot(harmed.email);
    await newcomer.check('participant restricted');
  });

  await journey.step('the reports count without names', async () => {
    await lead.follow('Reports');
    await lead.heading('Reports');
    await lead.check('reports');
    for (const title of await lead.page.locator('main h2 a').allInnerTexts()) {
      await lead.follow(title);
      await lead.heading(title);
      await lead.page.locator('#figures').waitFor();
      await lead.check(`report ${title}`);
      await lead.seesNot(harmed.family);
      await lead.follow('Back to reports');
      await lead.heading('Reports');
    }
  });
});

/** Opens a case by its reference on the list. */
async function openCase(person, reference, harmed) {
  await person.page.getByRole('row').filter({ hasText: reference }).getByRole('link').first().click();
  await person.heading(`Case ${reference}`);
  await person.sees(harmed.family);
}

/** Opens the one participant of the case on the screen. */
async function participant(person) {
  await person.follow('Participants');
  await person.heading('Participants');
  await person.check('participants');
  await person.follow(/^Open/);
  await person.page.getByRole('heading', { name: 'Contact attempts' }).waitFor();
}

/** Chooses one of the acts that are folded on the overview. */
async function act(person, link) {
  await person.page.getByText('All actions').click();
  await person.follow(link);
}
