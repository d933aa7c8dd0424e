import { spawnSync } from 'node:child_process';
import { fileURLToPath } from 'node:url';
import { expect, test } from 'vitest';

const log = fileURLToPath(new URL('../dist/log.js', import.meta.url));

function run(code: string): { status: number | null; stdout: string; stderr: string } {
  const text = `import { logSink } from ${JSON.stringify(log)};\n${code}`;
  return spawnSync(process.execPath, ['--input-type=module', '-e', text], { encoding: 'utf8', timeout: 15_000 });
}

test.each([
  ['throws', "() => { throw new Error('no\\ndisk'); }", 'Error: no disk'],
  ['rejects', "async () => { throw new Error('no disk'); }", 'Error: no disk'],
  ['throws what cannot be shown', '() => { throw Object.create(null); }', 'an error that cannot be shown'],
])('an option errors that %s loses nothing: its lines go to standard error', (_how, errors, reason) => {
  const { status, stderr } = run(`
    const sink = logSink(${errors});
    sink('one\\n');
    await new Promise((resolve) => setImmediate(resolve));
    sink('two\\n');
  `);
  expect(status).toBe(0);
  expect(stderr).toBe(`tsgi: the option errors failed, what it does not take is here: ${reason}\none\ntwo\n`);
});

test('one that works takes everything, and standard error nothing', () => {
  const { stdout, stderr } = run(`
    const sink = logSink((text) => console.log(JSON.stringify(text)));
    sink('one\\n');
  `);
  expect({ stdout, stderr }).toEqual({ stdout: '"one\\n"\n', stderr: '' });
});
