import { execFileSync, spawn } from 'node:child_process';
import { closeSync, openSync, readFileSync } from 'node:fs';
import { setTimeout as delay } from 'node:timers/promises';
import { describe, expect, it } from 'vitest';
import { APP, ended, run, until, variablesFor, withNotes } from './program.ts';

/** The end that is written to, of a pipe that nobody reads. */
function unreadPipe(path: string): number {
  execFileSync('mkfifo', [path]);
  return openSync(path, 'r+');
}

describe('the response of a CGI program', () => {
  it('is on standard output, in CGI form, and nothing else is', async () => {
    expect(await run('hello')).toEqual({
      stdout: 'Status: 200 OK\r\nContent-Type: text/plain\r\nX: caf\xe9\r\nContent-Length: 5\r\n\r\nhello',
      stderr: '',
      code: 0,
      signal: null,
    });
  });

  it('has no body for HEAD', async () => {
    expect((await run('hello', { REQUEST_METHOD: 'HEAD' })).stdout).toMatch(/\r\nContent-Length: 5\r\n\r\n$/);
  });

  it('is not disturbed by what the application prints', async () => {
    const { stdout, stderr } = await run('prints');
    expect(stdout).toBe('Status: 200 OK\r\nContent-Length: 5\r\n\r\nclean');
    expect(stderr).toBe('this is for the log\nand this\n');
  });

  it('leaves tsgi.errors to standard error', async () => {
    expect(await run('errors')).toMatchObject({ stderr: 'reported\n', code: 0 });
  });

  it.each(['large', 'pieces'])(
    'is written whole before the process ends, to a slow reader too: %s',
    async (application) => {
      const child = spawn(process.execPath, [APP], { env: variablesFor(application) });
      child.stdout.pause();
      const done = ended(child);
      child.stdout.pause();
      await delay(300);
      child.stdout.resume();
      const { stdout, code } = await done;
      expect(stdout.slice(stdout.indexOf('\r\n\r\n') + 4)).toHaveLength(5_000_000);
      expect(code).toBe(0);
    },
  );

  it.each(['large', 'pieces'])('can go to a file: %s', async (application) => {
    await withNotes(async (path) => {
      const file = openSync(path, 'w');
      const { code } = await run(application, {}, '', ['ignore', file, 'pipe']);
      closeSync(file);
      expect(code).toBe(0);
      const text = readFileSync(path, 'latin1');
      expect(text.slice(text.indexOf('\r\n\r\n') + 4)).toHaveLength(5_000_000);
    });
  });

  it('can go to a pipe of the shell', async () => {
    const command = '"$0" "$1" | wc -c';
    const child = spawn('/bin/sh', ['-c', command, process.execPath, APP], { env: variablesFor('pieces') });
    const { stdout } = await ended(child);
    expect(Number(stdout)).toBe('Status: 200 OK\r\n\r\n'.length + 5_000_000);
  });

  it('R92: has ended for its reader before the hooks have run', async () => {
    await withNotes(async (path, notes) => {
      const child = spawn(process.execPath, [APP], { env: variablesFor('hook', { DOCUMENT_ROOT: path }) });
      const done = ended(child);
      await new Promise((resolve) => child.stdout.once('end', resolve));
      expect(notes()).toBe('');
      expect(await done).toMatchObject({ stdout: expect.stringMatching(/first$/), code: 0 });
      expect(notes()).toBe('hook');
    });
  });
});

describe('the end of a CGI program', () => {
  it('does not wait for what the application left open', async () => {
    expect(await run('leftovers')).toMatchObject({ stdout: expect.stringMatching(/done$/), code: 0 });
  });

  it('is successful when the application threw before its head: the 500 is the answer', async () => {
    const { stdout, stderr, code } = await run('throws');
    expect(stdout).toMatch(/^Status: 500 Internal Server Error\r\n/);
    expect(stdout).not.toContain('on purpose');
    expect(stderr).toContain('on purpose');
    expect(code).toBe(0);
  });

  it.each(['throwsLate', 'short'])(
    'R77: is a failure when the response failed after its head: %s',
    async (application) => {
      const { stdout, code } = await run(application);
      expect(stdout).toMatch(/^Status: 200 OK\r\n[^]*(?:begun|1234567890)$/);
      expect(code).toBe(1);
    },
  );

  it('R77: is a failure when the application ends the process in the midst of its response', async () => {
    expect(await run('exitsMidway')).toMatchObject({ stdout: expect.stringMatching(/begun$/), code: 1 });
  });

  it.each(['exitsAfterwards', 'hookNeverEnds'])(
    'is successful when the response is whole, whatever its hooks do: %s',
    async (application) => {
      expect(await run(application)).toMatchObject({ stdout: expect.stringMatching(/done$/), stderr: '', code: 0 });
    },
  );

  it('is a failure when the application never answers and has nothing more to do', async () => {
    const stderr = 'cgi: the process ended before the application had answered\n';
    expect(await run('silent')).toMatchObject({ stdout: '', stderr, code: 1 });
  });
});

describe('a web server that gives up', () => {
  it('R79, R98: closes the output, which aborts', async () => {
    await withNotes(async (path, notes) => {
      const child = spawn(process.execPath, [APP], { env: variablesFor('endless', { DOCUMENT_ROOT: path }) });
      const done = ended(child);
      child.stdout.once('data', () => child.stdout.destroy());
      expect((await done).code).toBe(1);
      expect(notes()).toBe('signal return close after ');
    });
  });

  it('sends SIGTERM, which aborts while the output is full', async () => {
    await withNotes(async (path, notes) => {
      const child = spawn(process.execPath, [APP], { env: variablesFor('endless', { DOCUMENT_ROOT: path }) });
      const exited = new Promise((resolve) => child.once('exit', resolve));
      await new Promise((resolve) => child.stdout.once('readable', resolve));
      await delay(300);
      child.kill('SIGTERM');
      expect(await exited).toBe(143);
      expect(notes()).toBe('signal return close after ');
      child.stdout.destroy();
    });
  });

  // The last piece of a pipe's page goes to the next page if it does not fit; in a socket, each costs some 768 bytes.
  it.each([
    ['socket', 10],
    ['pipe', 10],
    ['pipe', 3000],
  ])('sends SIGTERM, which aborts while a %s is full of pieces of %i bytes', async (kind, size) => {
    await withNotes(async (path, notes) => {
      const output = kind === 'pipe' ? unreadPipe(`${path}.fifo`) : 'pipe';
      const extra = { DOCUMENT_ROOT: path, QUERY_STRING: String(size) };
      const child = spawn(process.execPath, [APP], {
        env: variablesFor('crumbs', extra),
        stdio: ['ignore', output, 'ignore'],
      });
      const exited = new Promise((resolve) => child.once('exit', resolve));
      await until(() => notes() === 'full ');
      child.kill('SIGTERM');
      expect(await exited).toBe(143);
      expect(notes()).toBe('full aborted');
      if (typeof output === 'number') closeSync(output);
      child.stdout?.destroy();
    });
  });

  it('sends SIGTERM before there is an answer', async () => {
    await withNotes(async (path, notes) => {
      const child = spawn(process.execPath, [APP], { env: variablesFor('waits', { DOCUMENT_ROOT: path }) });
      const done = ended(child);
      await until(() => notes() === 'waiting ');
      child.kill('SIGTERM');
      expect(await done).toMatchObject({ stdout: '', code: 143 });
      expect(notes()).toBe('waiting AbortError');
    });
  });
});
