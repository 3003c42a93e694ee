// The frame of a journey: one browser, people with a browser context each, and a line for every step and page state.
import { mkdirSync } from 'node:fs';
import { createRequire } from 'node:module';
import { join } from 'node:path';
import { demo, home } from './stack.mjs';
import { Person } from './person.mjs';

const packages = createRequire(join(home, '.accord/web/package.json'));
const { chromium } = packages('playwright-core');
const { AxeBuilder } = packages('@axe-core/playwright');

const FLAGS = [
  '--no-sandbox', '--disable-gpu', '--disable-quic', '--no-first-run', '--disable-background-networking',
  '--disable-component-update', '--disable-sync',
];
const RULES = ['wcag2a', 'wcag2aa', 'wcag21aa', 'wcag22aa'];
/** Longest wait for something to become visible. */
const PATIENCE = 20_000;

/** A journey under way. */
export class Journey {
  constructor(name, browser) {
    this.name = name;
    this.browser = browser;
    this.lines = 0;
    this.faults = 0;
    this.people = [];
    this.screens = join(process.env.TMPDIR ?? '/tmp', 'screens', name);
    mkdirSync(this.screens, { recursive: true });
    this.copies = process.env.ACCORD_SCREENS ? join(process.env.ACCORD_SCREENS, name) : null;
    if (this.copies) mkdirSync(this.copies, { recursive: true });
  }

  ok(what) {
    this.lines += 1;
    console.log(`ok ${this.lines} - ${what}`);
  }

  fault(what, details) {
    this.lines += 1;
    this.faults += 1;
    console.log(`not ok ${this.lines} - ${what}\n${String(details).replace(/^/gm, '  # ')}`);
  }

  /** A step: what it does is done, or the journey ends here. */
  async step(what, act) {
    const result = await act();
    this.ok(what);
    return result;
  }

  /** Says a fault and goes on where something does not hold. */
  expect(holds, what, details = '') {
    if (holds) this.ok(what);
    else this.fault(what, details);
  }

  /** Somebody with a browser of their own. */
  async person(name, { javaScript = true } = {}) {
    const context = await this.browser.newContext({
      baseURL: demo.web, ignoreHTTPSErrors: true, javaScriptEnabled: javaScript, locale: 'en-GB', timezoneId: 'Europe/London',
      viewport: { width: 1280, height: 900 }, acceptDownloads: true,
    });
    context.setDefaultTimeout(PATIENCE);
    // Nothing of a test leaves the machine: where people are led to is only named.
    const here = new URL(demo.web).origin;
    await context.route((url) => url.origin !== here && url.protocol.startsWith('http'), (route) => route.fulfill({ contentType: 'text/html', body: '<title>Elsewhere</title><h1>Elsewhere</h1>' }));
    const person = new Person(this, name, context, await context.newPage(), { AxeBuilder, RULES });
    if (!javaScript) {
      const copies = await this.browser.newContext({ baseURL: demo.web, ignoreHTTPSErrors: true, locale: 'en-GB' });
      person.twin = await copies.newPage();
    }
    this.people.push(person);
    return person;
  }
}

/** Runs a journey and ends the process with what came of it. */
export async function run(name, story, { flags = [] } = {}) {
  const began = Date.now();
  const browser = await chromium.launch({ executablePath: process.env.ACCORD_CHROMIUM ?? '/usr/bin/chromium', headless: true, args: [...FLAGS, ...flags] });
  const journey = new Journey(name, browser);
  try {
    await story(journey);
  } catch (error) {
    journey.fault(`${name} goes to its end`, error.stack ?? error);
    for (const person of journey.people) await person.lastSight();
  } finally {
    await browser.close();
  }
  console.log(`1..${journey.lines}\n# ${name}: ${journey.faults} faults, ${((Date.now() - began) / 1000).toFixed(1)} s`);
  process.exitCode = journey.faults === 0 ? 0 : 1;
}
