import { type ChildProcess, spawn } from 'node:child_process';
import { closeSync, openSync } from 'node:fs';
import { fileURLToPath } from 'node:url';
import { expect, onTestFinished, test } from 'vitest';

const log = fileURLToPath(new URL('../dist/log.js', import.meta.url));

/** A process that logs `count` entries of 1,000 bytes, in turns of the loop, and says over IPC what became of it. */
function logging(stderr: 'pipe' | number, count: number, rest = ''): ChildProcess {
  const code = `
    import { writeToStderr } from ${JSON.stringify(log)};
    const entry = 'x'.repeat(999) + '\\n';
    let most = 0;
    for (let turn = 0; turn < ${count}; turn++) {
      writeToStderr(entry);
      most = Math.max(most, process.stderr.writableLength);
      if (turn % 50 === 0) await new Promise((resolve) => setImmediate(resolve));
    }
    process.send({ most });
    ${rest}
  `;
  const child = spawn(process.execPath, ['--input-type=module', '-e', code], {
    stdio: ['ignore', 'ignore', stderr, 'ipc'],
  });
  onTestFinished(() => void child.kill('SIGKILL'));
  return child;
}

const said = (child: ChildProcess): Promise<unknown> => new Promise((resolve) => child.once('message', resolve));
const exited = (child: ChildProcess): Promise<number | null> => new Promise((resolve) => child.once('exit', resolve));

test('a reader that stands still neither blocks the process nor makes it grow; what it missed is counted', async () => {
  const child = logging(
    'pipe',
    20_000,
    "process.once('message', () => { writeToStderr('the last\\n'); process.disconnect(); });",
  );
  child.stderr?.pause();
  const { most } = (await said(child)) as { most: number };
  expect(most).toBeLessThan(1_200_000);
  let text = '';
  child.stderr?.setEncoding('latin1').resume();
  child.stderr?.on('data', (piece: string) => {
    text += piece;
  });
  // What waited, then what comes next.
  await expect.poll(() => text.length).toBeGreaterThan(900_000);
  child.send('go on');
  const code = await exited(child);
  await expect
    .poll(() => text)
    .toMatch(/tsgi: \d+ entries of the log were left out here: nobody read standard error\nthe last\n$/);
  const count = Number(/tsgi: (\d+) entries/.exec(text)?.[1]);
  expect((text.match(/^x{999}$/gm)?.length ?? 0) + count).toBe(20_000);
  expect(code).toBe(0);
});

test('a reader that has died is nobody: the process goes on', async () => {
  const child = logging('pipe', 500);
  child.stderr?.destroy();
  expect(await said(child)).toEqual({ most: expect.any(Number) });
  expect(await exited(child)).toBe(0);
});

test('a disk that is full is nobody: the process goes on', async () => {
  const full = openSync('/dev/full', 'w');
  const child = logging(full, 500);
  closeSync(full);
  expect(await said(child)).toEqual({ most: expect.any(Number) });
  expect(await exited(child)).toBe(0);
});

test('what the program itself writes to standard error, and cannot, it is told of as before', async () => {
  const child = logging(
    'pipe',
    50,
    `await new Promise((resolve) => setTimeout(resolve, 50));
     process.on('uncaughtException', ({ code }) => { process.send(code); process.exit(7); });
     process.stderr.write('by the program');
     setTimeout(() => process.exit(0), 5000);`,
  );
  child.stderr?.destroy();
  await said(child);
  expect(await said(child)).toBe('EPIPE');
  expect(await exited(child)).toBe(7);
});
