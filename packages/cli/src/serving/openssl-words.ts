import { firstLine } from '../command-line/failure.ts';

/** What was read. */
type Thing = 'key' | 'certificate' | 'ciphers';

/** What OpenSSL says in its own words, by the reason at the end of its line: `error:1C800064:Provider routines::bad decrypt`. */
const WORDS: Readonly<Record<string, string | Readonly<Partial<Record<Thing, string>>>>> = {
  unsupported: { key: 'expected a private key in PEM, found none that can be read' },
  'no start line': {
    key: 'expected a private key in PEM, found none',
    certificate: 'expected a certificate in PEM, found none',
  },
  'bad end line': 'the PEM in it is cut short',
  'interrupted or cancelled': 'the key is encrypted; --tls-passphrase-file names the file that opens it',
  'bad decrypt': 'the passphrase does not open it',
  'no cipher match': 'OpenSSL knows none of these ciphers',
  'ee key too small': 'the key is too short for OpenSSL to use; 2048 bits are usual for RSA',
  'ca md too weak': 'the certificate is signed with a digest that is too weak for OpenSSL to use',
};

/** Why OpenSSL cannot use it, for somebody who has never read OpenSSL. */
export function opensslWords(error: unknown, thing: Thing): string {
  const line = firstLine(error);
  const [, reason] = /^error:[\dA-Fa-f]+:[^:]*:[^:]*:(.+)$/.exec(line) ?? [];
  if (reason === undefined) return line.startsWith('Passphrase required') ? needsPassphrase : line;
  const words = WORDS[reason];
  return (typeof words === 'string' ? words : words?.[thing]) ?? `OpenSSL cannot use it: ${reason}`;
}

const needsPassphrase = String(WORDS['interrupted or cancelled']);
