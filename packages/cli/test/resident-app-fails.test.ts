import { copyFileSync, readFileSync, rmSync } from 'node:fs';
import { join } from 'node:path';
import { execFileSync } from 'node:child_process';
import { fileURLToPath } from 'node:url';
import { expect } from 'vitest';
import { folder } from './command.ts';
import { builtResident, request, residentTest, stateOf, WHO, who } from './resident.ts';

const command = fileURLToPath(new URL('../bin/tsgi.js', import.meta.url));

residentTest('an application that does not load is a 500, and both logs say why', async () => {
  const file = await builtResident(`throw new Error('no database');`);
  const reply = await request(file);
  expect(reply).toMatchObject({ status: '500 Internal Server Error', body: '500 Internal Server Error\n' });
  expect(reply.stderr).toMatch(/^tsgi: cannot load \S+app\.mjs: the reason is in the log of its process\n$/);
  expect(readFileSync(join(stateOf(file), 'log'), 'utf8')).toContain('Error: no database');
});

residentTest('one that ends its process is a 502 and a line, and the next request has another process', async () => {
  const file = await builtResident();
  const { pid } = await who(file);
  const reply = await request(file, { QUERY_STRING: 'die', REQUEST_METHOD: 'POST' }, 'x');
  expect(reply.status).toBe('502 Bad Gateway');
  expect(reply.body).toMatch(/^502 Bad Gateway\nThe application cannot be reached: [^/]*\n$/);
  expect(reply.stderr).toBe(
    `tsgi: ${file}: the application's process ended before it answered: see log in its folder\n`,
  );
  expect((await who(file)).pid).not.toBe(pid);
});

residentTest('an answer that is cut makes the program fail', async () => {
  const file = await builtResident(`export default (environ, startResponse) => {
    startResponse('200 OK', [['Content-Type', 'text/plain']]);
    return (async function* () { yield Buffer.from('half'); throw new Error('broken'); })();
  };`);
  const reply = await request(file);
  expect(reply).toMatchObject({ exitCode: 1, status: '200 OK', body: 'half' });
});

residentTest('a Node that is gone is a 500 and a line', async () => {
  const home = folder({ 'app.mjs': WHO });
  const node = join(home, 'node');
  copyFileSync(process.execPath, node);
  const file = join(home, 'app.cgi');
  execFileSync(node, [command, 'build-cgi', join(home, 'app.mjs'), '-o', file, '--resident'], { stdio: 'pipe' });
  rmSync(node);
  const reply = await request(file, { PATH: '/nowhere' });
  expect(reply.status).toBe('500 Internal Server Error');
  expect(reply.stderr).toBe(`tsgi: ${file}: cannot run ${node}, nor node: No such file or directory\n`);
});
