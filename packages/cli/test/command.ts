import { type ChildProcess, spawn } from 'node:child_process';
import { once } from 'node:events';
import { mkdirSync, mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { connect, createServer, type NetConnectOpts } from 'node:net';
import { tmpdir } from 'node:os';
import { dirname, join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { onTestFinished } from 'vitest';

const script = fileURLToPath(new URL('../bin/tsgi.js', import.meta.url));

/** A folder with these files, gone with the test. */
export function folder(files: Readonly<Record<string, string>> = {}): string {
  const path = mkdtempSync(join(tmpdir(), 'tsgi-cli-'));
  onTestFinished(() => rmSync(path, { recursive: true, force: true }));
  for (const [name, text] of Object.entries(files)) {
    mkdirSync(dirname(join(path, name)), { recursive: true });
    writeFileSync(join(path, name), text);
  }
  return path;
}

/** An application that says where it was reached. */
export const HELLO = `export default (environ, startResponse) => {
  startResponse('200 OK', [['Content-Type', 'text/plain']]);
  return [Buffer.from('hello ' + environ.REQUEST_METHOD + ' ' + environ.SCRIPT_NAME + '|' + environ.PATH_INFO + '\\n')];
};
`;

export interface Options {
  cwd?: string;
  env?: Record<string, string>;
  /** Default: nothing. */
  stdin?: 'ignore' | number;
}

export interface Ended {
  exitCode: number | null;
  stdout: string;
  stderr: string;
}

/** Starts the built command, with no variable of this process that it would heed. */
export function spawnTsgi(args: readonly string[], { cwd, env, stdin = 'ignore' }: Options = {}): ChildProcess {
  const inherited = Object.entries(process.env).filter(
    ([name]) => !/^(TSGI_|PORT$|HOST$|GATEWAY_INTERFACE$)/.test(name),
  );
  const child = spawn(process.execPath, [script, ...args], {
    cwd,
    env: { ...Object.fromEntries(inherited), ...env },
    stdio: [stdin, 'pipe', 'pipe'],
  });
  onTestFinished(() => void child.kill('SIGKILL'));
  return child;
}

/** Runs the command to its end. */
export async function tsgi(args: readonly string[], options: Options = {}): Promise<Ended> {
  const child = spawnTsgi(args, options);
  const [stdout, stderr] = [collect(child.stdout), collect(child.stderr)];
  const [exitCode] = await once(child, 'close');
  return { exitCode, stdout: stdout(), stderr: stderr() };
}

export interface Server {
  child: ChildProcess;
  /** From the banner, in order. */
  addresses: string[];
  /** The port of the first address. */
  port: number;
  stderr(): string;
  /** Sends SIGTERM and waits. */
  stop(): Promise<number | null>;
}

/** Starts the command and waits for its banner. */
export async function startTsgi(args: readonly string[], options: Options = {}): Promise<Server> {
  const child = spawnTsgi(args, options);
  const stderr = collect(child.stderr);
  const banner = (): string | undefined => /^tsgi: serving .* on (.*) \(pid \d+\)$/m.exec(stderr())?.[1];
  while (banner() === undefined) {
    if (child.exitCode !== null) throw new Error(`tsgi ${args.join(' ')} ended ${child.exitCode}: ${stderr()}`);
    await new Promise((resolve) => setTimeout(resolve, 10));
  }
  const addresses = banner()?.split(' and ') ?? [];
  return {
    child,
    addresses,
    port: Number(addresses[0]?.split(':').at(-1)),
    stderr,
    async stop() {
      const ended = once(child, 'close');
      child.kill('SIGTERM');
      const [exitCode] = await ended;
      return exitCode;
    },
  };
}

/** One of 127.0.0.1 that nobody listens at now. */
export async function freePort(): Promise<number> {
  const server = createServer().listen(0, '127.0.0.1');
  await once(server, 'listening');
  const address = server.address();
  server.close();
  await once(server, 'close');
  return typeof address === 'object' && address !== null ? address.port : 0;
}

/** All that a server answers to these bytes until it closes. */
export async function exchange(target: NetConnectOpts, bytes: string): Promise<string> {
  const socket = connect(target);
  socket.write(bytes, 'latin1');
  const chunks: Buffer[] = [];
  for await (const chunk of socket) chunks.push(chunk);
  return Buffer.concat(chunks).toString('latin1');
}

/** One request over HTTP/1.1, byte by byte as given: no client normalises the target. */
export function get(port: number, target: string, method = 'GET'): Promise<string> {
  return exchange({ host: '127.0.0.1', port }, `${method} ${target} HTTP/1.1\r\nHost: a\r\nConnection: close\r\n\r\n`);
}

/** One request over SCGI. */
export function scgi(target: NetConnectOpts, variables: Readonly<Record<string, string>>): Promise<string> {
  const pairs = Object.entries({ CONTENT_LENGTH: '0', SCGI: '1', REQUEST_METHOD: 'GET', ...variables });
  const block = pairs.map(([name, value]) => `${name}\0${value}\0`).join('');
  return exchange(target, `${block.length}:${block},`);
}

function collect(stream: ChildProcess['stdout']): () => string {
  let text = '';
  stream?.on('data', (bytes) => (text += String(bytes)));
  return () => text;
}
