import { chmodSync, existsSync, mkdirSync, readFileSync, statSync, symlinkSync, writeFileSync } from 'node:fs';
import { dirname, join } from 'node:path';
import { expect, it } from 'vitest';
import { folder } from './command.ts';
import {
  builtResident,
  elsewhereOf,
  hasCompiler,
  request,
  residentTest,
  socketsIn,
  stateOf,
  who,
  WHO,
} from './resident.ts';

const isRoot = process.getuid?.() === 0;
const NOBODY = 65_534;

residentTest('the socket is its user alone, in a folder that is', async () => {
  const file = await builtResident();
  await who(file);
  const state = stateOf(file);
  expect(statSync(state).mode & 0o777).toBe(0o700);
  const [socket = ''] = socketsIn(state);
  expect(statSync(join(state, socket)).mode & 0o077).toBe(0);
  expect(statSync(join(state, 'log')).mode & 0o077).toBe(0);
  // A web server that may read it does not show it.
  expect(readFileSync(join(state, '.htaccess'), 'utf8')).toBe('Require all denied\n');
});

residentTest('a path may be longer than that of a socket', async () => {
  const home = join(folder(), 'a'.repeat(100), 'b'.repeat(100));
  const file = await builtResident(WHO, [], home);
  expect((await who(file)).pid).toBe((await who(file)).pid);
});

residentTest.each(['others can enter', 'is no folder', 'is a link'])(
  'what %s is not used, but a folder in /tmp',
  async (what) => {
    const file = await builtResident();
    const state = stateOf(file);
    const elsewhere = elsewhereOf(file);
    if (what === 'is no folder') writeFileSync(state, '');
    else if (what === 'is a link') symlinkSync(folder(), state);
    else mkdirSync(state);
    if (what === 'others can enter') chmodSync(state, 0o755);
    const { pid } = await who(file);
    expect((await who(file)).pid).toBe(pid);
    expect(socketsIn(state)).toEqual([]);
    expect(socketsIn(elsewhere)).toHaveLength(1);
    expect(statSync(elsewhere).mode & 0o777).toBe(0o700);
  },
);

it.runIf(isRoot && hasCompiler)('nor is a folder that cannot be written', async () => {
  const file = await builtResident();
  chmodSync(dirname(file), 0o755);
  const elsewhere = elsewhereOf(file, NOBODY);
  const reply = await request(file, {}, '', NOBODY);
  expect(reply).toMatchObject({ status: '200 OK', stderr: '' });
  expect(existsSync(stateOf(file))).toBe(false);
  expect(socketsIn(elsewhere)).toHaveLength(1);
});

residentTest('where there can be none, a page says so, and the log why', async () => {
  const file = await builtResident();
  writeFileSync(stateOf(file), '');
  const elsewhere = elsewhereOf(file);
  mkdirSync(elsewhere);
  chmodSync(elsewhere, 0o777);
  const reply = await request(file);
  expect(reply).toMatchObject({ exitCode: 0, status: '500 Internal Server Error' });
  // Nothing of the host in it.
  expect(reply.body).toMatch(/^500 Internal Server Error\nThe application cannot be reached: [^/]*\n$/);
  expect(reply.stderr).toBe(
    `tsgi: ${file}: has no folder for its socket: neither ${stateOf(file)} (Not a directory) nor ${elsewhere} (Operation not permitted)\n`,
  );
});
