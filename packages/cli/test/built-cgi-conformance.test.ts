import { execFileSync } from 'node:child_process';
import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { afterAll, beforeAll, describe, it } from 'vitest';
import { casesFor, programDriver } from '@tsgi/conformance';
import { describeConformance } from '@tsgi/conformance/vitest';
import { hasCompiler } from './resident.ts';

const command = fileURLToPath(new URL('../bin/tsgi.js', import.meta.url));
const app = fileURLToPath(import.meta.resolve('@tsgi/conformance/app'));

const folder = mkdtempSync(join(tmpdir(), 'tsgi-built-'));
// A resident process sees that its socket is gone, and ends.
afterAll(() => rmSync(folder, { recursive: true, force: true }));

const framework = { describe, it, beforeAll, afterAll };

function built(name: string, ...flags: string[]): string {
  const file = join(folder, name);
  execFileSync(process.execPath, [command, 'build-cgi', app, '-o', file, ...flags], { stdio: 'pipe' });
  return file;
}

/** It stays, and says so (R41). */
const STAYS = 'only-a-cgi-program-runs-once';

const all = casesFor('cgi');
if (hasCompiler) {
  const driver = programDriver([built('resident.cgi', '--resident')], 'a file of tsgi build-cgi --resident');
  describeConformance(framework, driver, { cases: all.filter(({ name }) => name !== STAYS) });
}
// Every one of them starts Node: a part is enough where the code is that of the CGI backend.
describeConformance(framework, programDriver([built('kit.cgi')], 'a file of tsgi build-cgi'), {
  cases: all.filter((_one, place) => place % 10 === 0),
});
