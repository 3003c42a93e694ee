// Somebody at a browser. They find things by the words on the page.
import { copyFileSync } from 'node:fs';
import { join } from 'node:path';
import { code } from './stack.mjs';

const WIDTHS = { phone: 375, desktop: 1280 };
/** The narrowest screen that must do (WCAG 1.4.10). */
const NARROWEST = 320;
/** Names of page states that were looked at in this run: each is looked at once. */
const seen = new Set();

export class Person {
  constructor(journey, name, context, page, tools) {
    Object.assign(this, { journey, name, context, page, tools });
    this.#listen(page);
  }

  #listen(page) {
    const fault = (what) => this.journey.fault(`${this.name}: the browser has nothing to complain of`, what);
    page.on('pageerror', (error) => fault(`script error: ${error.message}`));
    page.on('console', (message) => {
      // An answer of 4xx to a page that was asked for is an answer; that of a part of a page is told below.
      const answer = /^Failed to load resource: the server responded with a status of 4\d\d/.test(message.text());
      if (message.type() === 'error' && !answer) fault(`${message.text()} (${message.location().url})`);
    });
    page.on('response', (response) => {
      const status = response.status();
      if (status >= 500 || (status >= 400 && !response.request().isNavigationRequest())) fault(`${status} ${response.request().method()} ${response.url()}`);
    });
  }

  /** A further tab of the same browser. */
  async tab(name) {
    const page = await this.context.newPage();
    const tab = new Person(this.journey, name, this.context, page, this.tools);
    tab.tenant = this.tenant;
    this.journey.people.push(tab);
    return tab;
  }

  /** Opens an address and waits for its heading. */
  async visit(path, heading) {
    await this.page.goto(path);
    await this.heading(heading);
  }

  /** Waits for the page whose h1 says this. */
  async heading(words) {
    const name = words instanceof RegExp ? words : { exact: true, name: words };
    await this.page.getByRole('heading', { level: 1, ...(words instanceof RegExp ? { name } : name) }).waitFor({ state: 'attached' });
  }

  /** Waits for words on the page. */
  async sees(words, within = this.page) {
    await within.getByText(words).first().waitFor();
  }

  async seesNot(words) {
    const there = await this.page.getByText(words).count();
    this.journey.expect(there === 0, `${this.name} does not see “${words}”`, `${there} times on ${this.page.url()}`);
  }

  /** All words of the page's main part. */
  async words() {
    return await this.page.locator('main').innerText();
  }

  async type(label, value, within = this.page) {
    await within.getByLabel(label, { exact: true }).fill(value);
  }

  /** Answers a question: radios, or all boxes of a list. */
  async answer(question, ...answers) {
    const group = this.group(question);
    for (const name of answers) {
      await group.locator('input[type=radio], input[type=checkbox]').and(group.getByLabel(name, { exact: true })).check();
    }
  }

  group(question) {
    return this.page.getByRole('group', typeof question === 'string' ? { name: question, exact: true } : { name: question });
  }

  async tick(label) {
    await this.page.getByRole('checkbox', { name: label }).check();
  }

  async choose(label, option) {
    await this.page.getByLabel(label, { exact: true }).selectOption({ label: option });
  }

  /** Fills in day, month and year. */
  async date(question, year, month, day) {
    const group = this.group(question);
    for (const [label, value] of [['Day', day], ['Month', month], ['Year', year]]) {
      await group.getByLabel(label, { exact: true }).fill(String(value));
    }
  }

  async press(button, within = this.page) {
    await within.getByRole('button', { name: button, exact: typeof button === 'string' }).click();
  }

  async follow(link, within = this.page) {
    await within.getByRole('link', { name: link, exact: typeof link === 'string' }).first().click();
  }

  /** Sends a form as it is, which must not do, and looks at the page that says why. */
  async wrong(button, state, ...messages) {
    await this.press(button);
    await this.page.getByRole('heading', { name: 'There is a problem' }).waitFor();
    for (const message of messages) await this.sees(message);
    const title = await this.page.title();
    this.journey.expect(title.startsWith('Error: '), `${state}: the title says that there is a mistake`, title);
    await this.check(state);
  }

  /** Signs in; a code is good once, so `ahead` counts the sign-ins of one account within half a minute. */
  async signIn(tenant, account, { ahead = 0, check = false } = {}) {
    this.tenant = tenant;
    await this.visit(tenant.sign_in, 'Sign in');
    if (check) await this.check('sign in');
    await this.signInHere(account, { ahead, check });
    await this.heading('Home');
  }

  /** The same on the page that asks for it, wherever that leads. */
  async signInHere(account, { ahead = 0, check = false } = {}) {
    await this.type('Email address', account.email);
    await this.type('Password', account.password);
    await this.press('Continue');
    await this.heading('Enter your code');
    if (check) await this.check('sign in code');
    await this.type('6-digit code', code(account.totp_secret, ahead));
    await this.press('Sign in');
  }

  /** Path of a page of the tenant. */
  at(path) {
    return `/t/${this.tenant.slug}${path}`;
  }

  /** Proves again who is there: what asks for it is open for five minutes. */
  async prove(account, { ahead = 0 } = {}) {
    await this.visit(this.at('/step-up'), 'Confirm that it is you');
    await this.check('confirm that it is you');
    await this.type('Password', account.password);
    await this.type('6-digit code from your authenticator app', code(account.totp_secret, ahead));
    await this.press('Confirm');
    await this.heading('Your account');
  }

  /**
   * Looks at the page as it is now: no violation, nothing beyond the edge of a narrow screen, and two pictures. With
   * ACCORD_QUICK=1, for whoever writes a journey, nobody looks.
   */
  async check(state) {
    if (seen.has(state) || process.env.ACCORD_QUICK === '1') return;
    seen.add(state);
    const { page, journey } = this;
    const label = `${state}: no WCAG violation, fits ${NARROWEST} px`;
    const faults = [];
    const violations = async (width) => {
      const { AxeBuilder, RULES } = this.tools;
      const looked = this.twin ? await this.#copied(width) : page;
      const found = await new AxeBuilder({ page: looked }).withTags(RULES).setLegacyMode(true).analyze();
      for (const v of found.violations) {
        for (const node of v.nodes) faults.push(`${width} px: ${v.id} (${v.help}): ${node.html}\n  ${node.failureSummary ?? ''}`);
      }
    };
    await violations(WIDTHS.desktop);
    await this.picture(state, WIDTHS.desktop);
    await page.setViewportSize({ width: NARROWEST, height: 800 });
    const wide = await page.evaluate((limit) => {
      const width = document.documentElement.scrollWidth;
      if (width <= limit) return null;
      const beyond = [...document.querySelectorAll('body *')].filter((e) => e.getBoundingClientRect().right > limit + 0.5 && !e.closest('.govuk-visually-hidden'));
      return `${width} px wide: ${beyond.slice(-4).map((e) => e.outerHTML.slice(0, 160)).join('\n')}`;
    }, NARROWEST);
    if (wide) faults.push(wide);
    await violations(NARROWEST);
    await page.setViewportSize({ width: WIDTHS.phone, height: 800 });
    await this.picture(state, WIDTHS.phone);
    await page.setViewportSize({ width: WIDTHS.desktop, height: 900 });
    journey.expect(faults.length === 0, label, faults.join('\n'));
  }

  /** The page as it stands, without its scripts, where the tool's own may run: it cannot where scripts are off. */
  async #copied(width) {
    const body = (await this.page.content()).replace(/<script\b[\s\S]*?<\/script>/g, '');
    await this.twin.unrouteAll();
    await this.twin.route(this.page.url(), (route) => route.fulfill({ body, contentType: 'text/html; charset=utf-8' }));
    await this.twin.setViewportSize({ width, height: 900 });
    await this.twin.goto(this.page.url());
    return this.twin;
  }

  async picture(state, width) {
    const name = `${state.replace(/[^a-z0-9]+/gi, '-').toLowerCase()}-${width}.png`;
    const file = join(this.journey.screens, name);
    await this.page.screenshot({ path: file, fullPage: true });
    if (this.journey.copies) copyFileSync(file, join(this.journey.copies, name));
  }

  /** What is on the screen where a journey ended too early. */
  async lastSight() {
    const url = this.page.url();
    if (url === 'about:blank') return;
    const words = await this.page.locator('main').innerText({ timeout: 1_000 }).catch((error) => error.message);
    console.log(`# ${this.name} was on ${url}:\n${words.replace(/\s*\n\s*/g, '\n').slice(0, 900).replace(/^/gm, '#   ')}`);
    await this.picture(`end ${this.name}`, WIDTHS.desktop).catch(() => {});
  }
}
