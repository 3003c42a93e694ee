// What the running stack tells about itself, and what it sends: mail and texts as files.
import { createHmac } from 'node:crypto';
import { mkdirSync, readFileSync, readdirSync, watch } from 'node:fs';
import { join } from 'node:path';

/** How long a message may take. It is reached only where something is broken. */
const PATIENCE = 30_000;

function needed(name) {
  const value = process.env[name];
  if (!value) throw new Error(`${name} is not set: these scripts are started by the cargo test "browser"`);
  return value;
}

/** The repository, which holds the web packages that `./accord test` installs. */
export const home = needed('ACCORD_HOME');
/** The content of the stack's demo.json. */
export const demo = JSON.parse(readFileSync(needed('ACCORD_DEMO'), 'utf8'));

/** A tenant of the demonstration. */
export function tenant(slug) {
  const found = demo.tenants.find((t) => t.slug === slug);
  if (!found) throw new Error(`there is no tenant ${slug} in the demonstration`);
  return found;
}

/** Somebody of a tenant by the beginning of their e-mail address. */
export function user(of, start) {
  const found = of.users.find((u) => u.email.startsWith(`${start}@`));
  if (!found) throw new Error(`there is nobody ${start} in ${of.slug}`);
  return found;
}

/** The authenticator's code (RFC 6238: SHA-1, 30 seconds, 6 digits) of the step that is `ahead` steps from now. */
export function code(secret, ahead = 0) {
  const alphabet = 'ABCDEFGHIJKLMNOPQRSTUVWXYZ234567';
  const bits = [...secret.replace(/[\s=]/g, '').toUpperCase()].map((c) => alphabet.indexOf(c).toString(2).padStart(5, '0')).join('');
  const key = Buffer.from(bits.match(/.{8}/g).map((byte) => Number.parseInt(byte, 2)));
  const counter = Buffer.alloc(8);
  counter.writeBigUInt64BE(BigInt(Math.floor(Date.now() / 30_000) + ahead));
  const digest = createHmac('sha1', key).update(counter).digest();
  const at = digest[19] & 15;
  return String((digest.readUInt32BE(at) & 0x7fffffff) % 1_000_000).padStart(6, '0');
}

/** A folder of sent messages, as it was when it was opened; only what comes later counts. */
export class Outbox {
  constructor(folder) {
    mkdirSync(folder, { recursive: true });
    this.folder = folder;
    this.known = new Set(this.files());
  }

  files() {
    // A message is written as *.part beside its place first.
    return readdirSync(this.folder).filter((name) => !name.endsWith('.part'));
  }

  read(name) {
    return decoded(readFileSync(join(this.folder, name), 'utf8'));
  }

  /** The text of the first new message that `fits`: there already, or as soon as it is written. */
  async arrives(what, fits) {
    const giveUp = AbortSignal.timeout(PATIENCE);
    return await new Promise((resolve, reject) => {
      const watcher = watch(this.folder);
      const look = () => {
        for (const name of this.files().filter((n) => !this.known.has(n))) {
          const text = this.read(name);
          if (fits(text)) {
            this.known.add(name);
            watcher.close();
            resolve(text);
            return;
          }
        }
      };
      watcher.on('change', look);
      giveUp.addEventListener('abort', () => {
        watcher.close();
        reject(new Error(`${what} did not come within ${PATIENCE / 1000} seconds`));
      });
      look();
    });
  }
}

/** Mail bodies in quoted-printable as text. */
function decoded(text) {
  if (!/^Content-Transfer-Encoding: quoted-printable/im.test(text)) return text;
  const bytes = text.replace(/=\r?\n/g, '').replace(/=([0-9A-F]{2})/g, (_, hex) => String.fromCharCode(Number.parseInt(hex, 16)));
  return Buffer.from(bytes, 'latin1').toString('utf8');
}
