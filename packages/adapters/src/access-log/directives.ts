import type { AccessRecord } from './access-record.ts';
import { secondsAs } from './log-time.ts';

/** What a directive shows; nothing is shown as `-`. It is escaped afterwards. */
export type Show = (record: AccessRecord) => unknown;

/** What a directive shows, and how often that is another one. */
export interface Directive {
  readonly show: Show;
  readonly varies: boolean;
  readonly isTimed: boolean;
}

/** Of these each request has one of its own. */
const VARYING = 'DLqrTU';

/** The value of a directive that takes none in braces, as a header's name, or one of a few words. */
const PLAIN: Readonly<Record<string, Show>> = {
  a: ({ environ }) => environ.REMOTE_ADDR,
  A: ({ environ }) => environ['SERVER_ADDR'],
  b: ({ bytes }) => bytes || undefined,
  B: ({ bytes }) => bytes ?? 0,
  D: ({ duration }) => Math.round(duration * 1000),
  f: ({ environ }) => environ['SCRIPT_FILENAME'],
  h: ({ environ }) => environ.REMOTE_ADDR,
  H: ({ protocol }) => protocol,
  l: () => undefined,
  L: ({ requestId }) => requestId,
  m: ({ method }) => method,
  p: ({ environ }) => environ.SERVER_PORT,
  P: () => process.pid,
  q: ({ target }) => (target.includes('?') ? target.slice(target.indexOf('?')) : ''),
  r: ({ method, target, protocol }) => (method === '' ? undefined : `${method} ${target} ${protocol}`),
  s: ({ status }) => status || undefined,
  T: ({ duration }) => Math.floor(duration / 1000),
  u: ({ environ }) => environ['REMOTE_USER'],
  U: ({ target }) => target.split('?', 1)[0],
  v: ({ environ }) => environ.SERVER_NAME,
  V: ({ environ }) => environ.SERVER_NAME,
  X: ({ aborted, keepsConnection }) => (aborted ? 'X' : keepsConnection === true ? '+' : '-'),
};

const TIMES: Readonly<Record<string, (began: number) => string>> = {
  sec: (began) => String(Math.floor(began / 1000)),
  msec: (began) => String(Math.floor(began)),
  usec: (began) => String(Math.floor(began * 1000)),
  msec_frac: (began) => String(Math.floor(began) % 1000).padStart(3, '0'),
  usec_frac: (began) => String(Math.floor(began * 1000) % 1_000_000).padStart(6, '0'),
};

const DURATIONS: Readonly<Record<string, Show>> = {
  s: ({ duration }) => Math.floor(duration / 1000),
  ms: ({ duration }) => Math.round(duration),
  us: ({ duration }) => Math.round(duration * 1000),
};

/** Those with a word in braces. */
const NAMED: Readonly<Record<string, (name: string) => Show | undefined>> = {
  i: (name) => {
    const upper = name.toUpperCase().replaceAll('-', '_');
    const variable = upper === 'CONTENT_TYPE' || upper === 'CONTENT_LENGTH' ? upper : `HTTP_${upper}`;
    return ({ environ }) => environ[variable];
  },
  o: (name) => {
    const wanted = name.toLowerCase();
    return ({ headers }) => {
      let found: string | undefined;
      for (const [header, value] of headers) {
        if (header.toLowerCase() === wanted) found = found === undefined ? value : `${found}, ${value}`;
      }
      return found;
    };
  },
  e:
    (name) =>
    ({ environ }) =>
      environ[name],
  C:
    (name) =>
    ({ environ }) =>
      cookie(environ.HTTP_COOKIE, name),
  t: (name) => {
    const time = Object.hasOwn(TIMES, name) ? TIMES[name] : secondsAs(name);
    return time === undefined ? undefined : ({ began }) => time(began);
  },
  T: (name) => (Object.hasOwn(DURATIONS, name) ? DURATIONS[name] : undefined),
  p: (name) => (name === 'canonical' || name === 'local' ? PLAIN['p'] : undefined),
  P: (name) => (name === 'pid' ? PLAIN['P'] : undefined),
};

const clock = secondsAs('[%d/%b/%Y:%H:%M:%S %z]');

/** What stands for `%t`; it is not escaped. */
export const time = ({ began }: AccessRecord): string => clock(began);

/** The directive of this letter, with what stands in its braces; `undefined` when there is none. */
export function directive(letter: string, name: string | undefined): Directive | undefined {
  const show = showOf(letter, name);
  if (show === undefined) return undefined;
  const isFine = letter === 't' && name !== undefined && Object.hasOwn(TIMES, name) && name !== 'sec';
  return { show, varies: isFine || VARYING.includes(letter), isTimed: isFine || letter === 'D' || letter === 'T' };
}

function showOf(letter: string, name: string | undefined): Show | undefined {
  if (name === undefined) return Object.hasOwn(PLAIN, letter) ? PLAIN[letter] : undefined;
  return Object.hasOwn(NAMED, letter) && name !== '' ? NAMED[letter]?.(name) : undefined;
}

function cookie(header: unknown, name: string): string | undefined {
  if (typeof header !== 'string') return undefined;
  for (const pair of header.split(';')) {
    const equals = pair.indexOf('=');
    if (equals !== -1 && pair.slice(0, equals).trim() === name) return pair.slice(equals + 1).trim();
  }
  return undefined;
}
