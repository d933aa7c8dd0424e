import { existsSync } from 'node:fs';
import { join } from 'node:path';
import { expect } from 'vitest';
import { folder } from './command.ts';
import { builtResident, residentTest, startRequest } from './resident.ts';

residentTest.each(['ends its program', 'closes what it reads'])(
  'a web server that %s aborts the request',
  async (how) => {
    const notes = folder();
    const file = await builtResident(`import { writeFileSync } from 'node:fs';
  export default async (environ, startResponse) => {
    writeFileSync(${JSON.stringify(join(notes, 'began'))}, '');
    await new Promise((resolve) => environ['tsgi.signal'].addEventListener('abort', resolve));
    writeFileSync(${JSON.stringify(join(notes, 'aborted'))}, '');
    startResponse('200 OK', []);
    return [];
  };`);
    const child = startRequest(file);
    await expect.poll(() => existsSync(join(notes, 'began')), { timeout: 20_000 }).toBe(true);
    if (how === 'ends its program') child.kill('SIGKILL');
    else child.stdout?.destroy();
    await expect.poll(() => existsSync(join(notes, 'aborted')), { timeout: 20_000 }).toBe(true);
  },
);
