// Days and times as people in London type them.

const PARTS = new Intl.DateTimeFormat('en-GB', {
  timeZone: 'Europe/London', year: 'numeric', month: 'numeric', day: 'numeric', hour: '2-digit', minute: '2-digit', hourCycle: 'h23',
});

/** The wall clock's parts so many hours from now. */
export function inHours(hours) {
  const parts = Object.fromEntries(PARTS.formatToParts(new Date(Date.now() + hours * 3_600_000)).map((p) => [p.type, p.value]));
  return { date: [Number(parts.year), Number(parts.month), Number(parts.day)], time: `${parts.hour}:${parts.minute}` };
}

/** Letters that make a word of this run different from those of another. */
export function unlike() {
  const number = Number(process.hrtime.bigint() % 26n ** 5n);
  return [...Array(5).keys()].map((n) => String.fromCharCode(97 + (Math.floor(number / 26 ** n) % 26))).join('');
}
