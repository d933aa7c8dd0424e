import { spawn } from 'node:child_process';
import { once } from 'node:events';
import { fileURLToPath } from 'node:url';
import { expect, test } from 'vitest';

const PACKAGE = fileURLToPath(new URL('../dist/index.js', import.meta.url));
const TESTING = fileURLToPath(new URL('../../core/dist/testing.js', import.meta.url));

/** Takes every descriptor before the first request, and gives them back before the second. */
const PROGRAM = `
  import { closeSync, openSync } from 'node:fs';
  import { gateway } from ${JSON.stringify(PACKAGE)};
  import { callApp } from ${JSON.stringify(TESTING)};
  const app = gateway({ program: '/bin/sh', args: ['-c', 'printf "Content-Type: text/plain\\\\n\\\\nhi"'] });
  await new Promise((resolve) => setTimeout(resolve, 1500));
  const taken = [];
  try {
    for (;;) taken.push(openSync('/dev/null'));
  } catch {}
  const first = await callApp(app).then(({ text }) => text, ({ code }) => code);
  taken.forEach((fd) => closeSync(fd));
  const second = await callApp(app).then(({ text }) => text, String);
  process.stdout.write(JSON.stringify([first, second]));
`;

test('no descriptor at the first request is no failure for ever', async () => {
  const child = spawn('/bin/sh', [
    '-c',
    'ulimit -n 100; exec "$0" "$@"',
    process.execPath,
    '--input-type=module',
    '-e',
    PROGRAM,
  ]);
  let output = '';
  let log = '';
  child.stdout.on('data', (bytes) => (output += String(bytes)));
  child.stderr.on('data', (bytes) => (log += String(bytes)));
  await once(child, 'close');
  expect(log).toBe('');
  const [first, second] = JSON.parse(output) as [string, string];
  expect(first).not.toBe('hi');
  expect(second).toBe('hi');
});
