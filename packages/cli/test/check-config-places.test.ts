import { existsSync, mkdirSync } from 'node:fs';
import { join } from 'node:path';
import { expect, it } from 'vitest';
import { folder, HELLO, startTsgi, tsgi } from './command.ts';

it.each([
  [['--access-log-file', 'none/log'], '--access-log-file none/log: it cannot be written: there is no folder none'],
  [['--access-log-file', 'dir'], '--access-log-file dir: it cannot be written: it is a folder'],
  [['--workers', '1', '--pid-file', 'none/pid'], '--pid-file none/pid: it cannot be written: there is no folder none'],
  [['--metrics', '192.0.2.1:9'], '--metrics 192.0.2.1:9: cannot listen on http://192.0.2.1:9: '],
  [['--metrics', 'unix:none/m'], '--metrics unix:none/m: cannot listen on unix:none/m: there is no folder none'],
  [['--bind', '192.0.2.1:9'], 'cannot listen on http://192.0.2.1:9: '],
  [['--bind', 'scgi+unix:none/s'], 'cannot listen on scgi+unix:none/s: there is no folder none'],
])('--check-config says what a start could not have: %j', async (flags, line) => {
  const cwd = folder({ 'app.mjs': HELLO });
  mkdirSync(join(cwd, 'dir'));
  const { exitCode, stderr } = await tsgi(['serve', 'app.mjs', '--check-config', ...flags], { cwd });
  expect(stderr.replaceAll(`${cwd}/`, '')).toContain(`tsgi: ${line}`);
  expect(stderr.trimEnd().split('\n')).toHaveLength(1);
  expect(exitCode).toBe(3);
});

it('--check-config leaves no file, and what a server has that runs is no fault', async () => {
  const cwd = folder({ 'app.mjs': HELLO });
  const flags = ['--access-log-file', 'log', '--metrics', 'unix:m.sock', '--workers', '1', '--pid-file', 'pid'];
  const check = ['serve', 'app.mjs', '--check-config', '--bind', 'unix:s.sock', ...flags];
  expect(await tsgi(check, { cwd })).toMatchObject({ exitCode: 0 });
  for (const name of ['log', 'm.sock', 'pid', 's.sock']) expect(existsSync(join(cwd, name))).toBe(false);

  const server = await startTsgi(['serve', 'app.mjs', '--bind', '127.0.0.1:0', ...flags], { cwd });
  const again = ['serve', 'app.mjs', '--check-config', '--bind', `127.0.0.1:${server.port}`, ...flags];
  expect(await tsgi(again, { cwd })).toMatchObject({ exitCode: 0 });
  expect(existsSync(join(cwd, 'm.sock'))).toBe(true);
  expect(await server.stop()).toBe(0);
});
