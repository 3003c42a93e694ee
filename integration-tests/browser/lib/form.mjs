// The public form, question by question.

/** A reference of a referral or case: its last character is a check symbol. */
export const REFERENCE = /R[FJ]-[0-9A-HJKMNP-TV-Z]{4}-[0-9A-HJKMNP-TV-Z]{4}-[0-9A-HJKMNP-TV-Z]/;

/** Fills in the form of somebody who was harmed and speaks for themself; `look` sees the page of every question. */
export async function askForHelp(person, tenant, who, { look = async () => {}, mistakes = false, script = true } = {}) {
  const on = async (heading, state) => {
    await person.heading(heading);
    await look(state);
  };
  const next = () => person.press('Continue');
  const refused = async (state, message) => {
    if (mistakes) await person.wrong('Continue', `form ${state} wrong`, message);
  };
  await person.page.goto(tenant.form);
  await on('Ask for help after harm', 'start');
  await person.press('Start now');
  await on('If you need to leave quickly', 'exit this page');
  await next();

  await on('Who are you asking for?', 'who');
  await refused('who', 'Select if you were harmed, if you caused harm, or if you are asking for someone else');
  await person.answer('Who are you asking for?', 'Myself: I was harmed');
  await next();

  await on('What is your name?', 'name');
  await refused('name', 'Enter your first name');
  await person.type('First name', who.given);
  await person.type('Last name', who.family);
  await person.type('What should we call you? (optional)', who.called ?? '');
  await next();

  await on('How can we contact you safely?', 'safe contact');
  await refused('safe contact', 'Select how we can contact you safely');
  await person.answer('How can we contact you safely?', 'Email', 'Text message');
  await next();

  await on('Where can we contact you?', 'contact details');
  await refused('contact details', 'Enter your email address');
  await person.type('Your email address', who.email);
  await person.type('Your phone number', who.phone);
  await next();

  await on('When is it safe to contact you? (optional)', 'times');
  await person.type('When is it safe to contact you? (optional)', 'At any time');
  await next();

  await on('Are there words that we should use or avoid? (optional)', 'words');
  await person.type('Are there words that we should use or avoid? (optional)', 'Say that it is about an appointment');
  await next();

  await on('What is your date of birth? (optional)', 'date of birth');
  if (mistakes) {
    await person.date('What is your date of birth? (optional)', 1990, 13, 40);
    await refused('date of birth', /Date of birth must/);
  }
  await person.date('What is your date of birth? (optional)', ...who.born);
  await next();

  await on('What happened? (optional)', 'what happened');
  await person.type('What happened? (optional)', who.story);
  await next();

  await on('What kind of harm was it?', 'kind of harm');
  await refused('kind of harm', 'Select the kind of harm, or that you do not know');
  await person.answer('What kind of harm was it?', 'Burglary of a home');
  await next();

  await on('When did it happen? (optional)', 'when');
  await person.date('When did it happen? (optional)', 2026, 3, 27);
  await next();

  await on('Was it reported to the police?', 'reported');
  await refused('reported', 'Select yes if it was reported to the police');
  await person.answer('Was it reported to the police?', 'Yes');
  await next();

  await on('What is the crime number? (optional)', 'crime number');
  await person.type('What is the crime number? (optional)', '42/12345/26');
  await next();

  await on('Do you need an interpreter?', 'interpreter');
  await refused('interpreter', 'Select yes if an interpreter is needed');
  await person.answer('Do you need an interpreter?', 'Yes');
  await next();
  await on('Which language?', 'language');
  await refused('language', 'Enter the language');
  await person.type('Which language?', 'Welsh');
  await next();

  await on('Is there other support that you need? (optional)', 'support');
  await person.type('Is there other support that you need? (optional)', 'Step-free access');
  await next();

  await on('Are you in immediate danger?', 'danger');
  await refused('danger', 'Select yes if there is immediate danger');
  await person.answer('Are you in immediate danger?', 'Yes');
  await next();
  await on('Get help now', 'help now');
  await person.press('Back');
  await person.heading('Are you in immediate danger?');
  await person.answer('Are you in immediate danger?', 'No');
  await next();

  await on('Check your answers', 'check answers');
  await person.sees(who.family);
  await person.press(/^Change.*police/i);
  await person.heading('Was it reported to the police?');
  await next();
  await person.heading('Check your answers');
  await person.press('Accept and continue');

  await on('Agree to be contacted', 'consent');
  await refused('consent', 'Confirm that you agree to be contacted');
  await person.tick(/I agree to be contacted/);
  await next();

  await on('Equality questions (optional)', 'equality');
  await person.choose('Sex (optional)', 'Female');
  await person.press('Send your request');

  await on('Request sent', 'sent');
  const reference = (await person.words()).match(REFERENCE)?.[0];
  if (!reference) throw new Error('the confirmation shows no reference');
  await person.page.getByRole('button', { name: 'Print or save this page', includeHidden: true }).waitFor({ state: script ? 'visible' : 'hidden' });
  return reference;
}
