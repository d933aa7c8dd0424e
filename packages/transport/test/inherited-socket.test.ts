import { spawn } from 'node:child_process';
import { closeSync, openSync } from 'node:fs';
import { once } from 'node:events';
import { createServer } from 'node:net';
import { fileURLToPath } from 'node:url';
import { describe, expect, it } from 'vitest';
import { client, echoServer, folder } from './sockets.ts';

const built = fileURLToPath(new URL('../dist/index.js', import.meta.url));

/** A program that serves one line over descriptor `fd` of its parent, or says whether standard input listens. */
const serveFd = (fd: number): string => `
import { serveSockets, stdinIsListening } from ${JSON.stringify(built)};
if (${fd} === 0) console.log('listening', stdinIsListening());
const server = await serveSockets({
  scheme: 'echo',
  address: { type: 'fd', fd: ${fd} },
  accept: (socket) => {
    socket.end('from the child\\n');
    return { shutDown: () => {}, destroy: () => {} };
  },
});
console.log(server.address, server.port);
`;

const askStdin = `import { stdinIsListening } from ${JSON.stringify(built)}; console.log(stdinIsListening());`;

/** Runs a module with this standard input and collects what it prints. */
function run(program: string, stdio: ('pipe' | 'ignore' | 'inherit' | number)[]): ReturnType<typeof spawn> {
  return spawn(process.execPath, ['--input-type=module', '-e', program], { stdio });
}

async function output(child: ReturnType<typeof spawn>): Promise<string> {
  let text = '';
  child.stdout?.on('data', (bytes) => (text += String(bytes)));
  await once(child, 'close');
  return text.trim();
}

describe('inherited descriptors', () => {
  it.each([0, 3])('serves the listening socket at fd %i', async (fd) => {
    const path = `${folder()}/s`;
    const listener = createServer();
    await new Promise<void>((resolve) => listener.listen(path, resolve));
    const handle: unknown = Reflect.get(listener, '_handle');
    const inherited = Number(Reflect.get(Object(handle), 'fd'));
    const child = run(serveFd(fd), fd === 0 ? [inherited, 'pipe', 'pipe'] : ['ignore', 'pipe', 'pipe', inherited]);
    let text = '';
    child.stdout?.on('data', (bytes) => (text += String(bytes)));
    await expect.poll(() => text, { timeout: 10_000 }).toContain(`echo+fd:${fd} undefined`);
    if (fd === 0) expect(text).toContain('listening true');
    // The parent accepts as well: its connections end empty, so ask until the child answers.
    listener.on('connection', (socket) => socket.end());
    await expect.poll(() => client({ path }).all, { timeout: 10_000 }).toBe('from the child\n');
    child.kill('SIGKILL');
    listener.close();
  });

  it('does not take a pipe, a socket pair, a file or /dev/null on standard input for a listening socket', async () => {
    // Node gives its children socket pairs for 'pipe'; a shell gives pipes.
    expect(await output(run(askStdin, ['pipe', 'pipe', 'inherit']))).toBe('false');
    expect(await output(run(askStdin, ['ignore', 'pipe', 'inherit']))).toBe('false');
    const file = openSync(built, 'r');
    expect(await output(run(askStdin, [file, 'pipe', 'inherit']))).toBe('false');
    closeSync(file);
    const shell = spawn('sh', ['-c', 'printf x | "$0" --input-type=module -e "$1"', process.execPath, askStdin]);
    expect(await output(shell)).toBe('false');
  });

  it('leaves a connected standard input readable', async () => {
    const program = `${askStdin}\nfor await (const bytes of process.stdin) process.stdout.write(bytes);`;
    const child = run(program, ['pipe', 'pipe', 'inherit']);
    child.stdin?.end('still here');
    expect(await output(child)).toBe('false\nstill here');
  });

  it('refuses a descriptor that is closed, or not a socket', async () => {
    await expect(echoServer({ address: { type: 'fd', fd: 987_654 } })).rejects.toThrow(
      expect.objectContaining({ code: 'BAD_ADDRESS', message: expect.stringContaining('fd:987654: it is not open') }),
    );
    const fd = openSync(built, 'r');
    await expect(echoServer({ address: { type: 'fd', fd } })).rejects.toThrow(/it is not a socket/);
    closeSync(fd);
  });
});
