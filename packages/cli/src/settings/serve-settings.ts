import { resolve } from 'node:path';
import { amountOf, choice, count, duration, file, type Kind, size, text, toggle } from './kinds.ts';
import { listenSettings } from './listen-settings.ts';
import type { Settings } from './settings.ts';
import type { SettingTable } from './setting-table.ts';

function upTo(most: number, orElse = ''): Kind<number> {
  return {
    placeholder: 'NUMBER',
    multiple: false,
    read(value) {
      const number = amountOf(value);
      if (number !== undefined && number >= 1 && number <= most) return number;
      throw new Error(`expected a number from 1 to ${most}${orElse}, found ${JSON.stringify(value) ?? String(value)}`);
    },
    show: (value) => value,
  };
}

const workers: Kind<number | 'auto'> = {
  ...upTo(512, ', or auto'),
  placeholder: 'NUMBER|auto',
  words: ['auto'],
  read: (value) => (value === 'auto' ? value : upTo(512, ', or auto').read(value)),
  show: (value) => value,
};

/** A limit that is none at 0. */
function positive(kind: Kind<number>): Kind<number> {
  return {
    ...kind,
    read(value) {
      const number = kind.read(value);
      if (number > 0) return number;
      throw new Error(`expected more than 0, found ${JSON.stringify(value) ?? String(value)}`);
    },
  };
}

const umask: Kind<string> = {
  ...text('OCTAL'),
  read(value) {
    if (typeof value === 'string' && /^0?[0-7]{1,3}$/.test(value)) return value;
    throw new Error(`expected an octal number such as 027, found ${JSON.stringify(value) ?? String(value)}`);
  },
};

/** How an application may want to be called. */
const INTERFACES = ['tsgi', 'fetch', 'node', 'triple', 'jsgi'] as const satisfies readonly Settings['interface'][];

/** A path, or the URL of a file. */
const app: Kind<string> = {
  ...file('APP'),
  from: (folder, value) => (value.startsWith('file:') ? value : resolve(folder, value)),
};

/** `Settings` as a table. */
export const serveSettings: SettingTable<Settings> = {
  app: { kind: app, help: 'the module that exports the application' },
  interface: { kind: choice(INTERFACES), help: 'how the application is called', default: '(as its shape says)' },
  ...listenSettings,
  validate: { kind: toggle, help: 'checks app and server against the rules, and logs what breaks one', default: 'off' },
  workers: {
    kind: workers,
    help: 'processes that serve, started, watched and replaced by this one; auto: one a core',
    default: '(this process serves)',
  },
  workerTimeout: {
    kind: duration,
    help: 'how long the event loop of a worker may stand still; then it is replaced',
    default: 'unlimited',
  },
  maxRequests: {
    kind: positive(count),
    help: 'requests after which a worker is replaced, up to a tenth more or less',
    default: 'unlimited',
  },
  maxRss: {
    kind: positive(size),
    help: 'resident memory beyond which a worker is replaced; looked at every 100th request',
    default: 'unlimited',
  },
  user: {
    kind: text('USER'),
    help: 'the user that the workers become, with its groups; name or number',
    default: '(as started)',
  },
  group: { kind: text('GROUP'), help: 'the group that they become; name or number', default: '(the first of --user)' },
  pidFile: {
    kind: file('FILE'),
    help: 'where the PID is written of the process that starts the workers',
    default: '(none)',
  },
  threads: {
    kind: upTo(256),
    help: 'threads that run the application, each one request at a time',
    default: '(it runs where requests are read)',
  },
  watch: {
    kind: toggle,
    help: 'for development: starts again when a file changes that the app imports, or the config file',
    default: 'off',
  },
  umask: { kind: umask, help: 'permissions that new files and sockets lack', default: '(as started)' },
};
