import { copyFileSync, rmSync, utimesSync } from 'node:fs';
import { join } from 'node:path';
import { execFileSync } from 'node:child_process';
import { fileURLToPath } from 'node:url';
import { expect, vi } from 'vitest';
import { folder } from './command.ts';
import { builtResident, lives, request, residentTest, socketsIn, stateOf, who, WHO } from './resident.ts';

const PATIENCE = { timeout: 30_000 };
vi.setConfig({ testTimeout: 60_000 });
const command = fileURLToPath(new URL('../bin/tsgi.js', import.meta.url));

residentTest('a file that was built anew has a new process; the one before ends when it has answered', async () => {
  const home = folder();
  const file = await builtResident(WHO, [], home);
  const before = await who(file);
  const slow = who(file, { QUERY_STRING: 'slow' });
  await builtResident(WHO.replace('process.pid', 'process.pid, built: "again"'), [], home);
  const after = await who(file);
  expect(after).toMatchObject({ built: 'again' });
  expect(after.pid).not.toBe(before.pid);
  expect((await slow).pid).toBe(before.pid);
  await expect.poll(() => lives(before.pid), PATIENCE).toBe(false);
  expect((await who(file)).pid).toBe(after.pid);
  expect(socketsIn(stateOf(file))).toHaveLength(1);
});

residentTest('so has another Node', async () => {
  const home = folder({ 'app.mjs': WHO });
  const node = join(home, 'node');
  copyFileSync(process.execPath, node);
  const file = join(home, 'app.cgi');
  execFileSync(node, [command, 'build-cgi', join(home, 'app.mjs'), '-o', file, '--resident'], { stdio: 'pipe' });
  const before = await who(file);
  utimesSync(node, 1, 1);
  const after = await who(file);
  expect(after.pid).not.toBe(before.pid);
  await expect.poll(() => lives(before.pid), PATIENCE).toBe(false);
});

residentTest('a process without a request for a while ends', async () => {
  const file = await builtResident(WHO, ['--idle-exit', '300ms']);
  const first = await who(file);
  await expect.poll(() => lives(first.pid), PATIENCE).toBe(false);
  expect(socketsIn(stateOf(file))).toEqual([]);
  // Nobody waits in vain: who comes meanwhile is answered, by this one or by the next.
  for (let round = 0; round < 4; round++) expect((await request(file)).status).toBe('200 OK');
});

residentTest('a process whose folder is removed ends', async () => {
  const file = await builtResident();
  const { pid } = await who(file);
  rmSync(stateOf(file), { recursive: true });
  await expect.poll(() => lives(pid), PATIENCE).toBe(false);
});
