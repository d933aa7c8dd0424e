import { type ChildProcess, spawn } from 'node:child_process';
import { once } from 'node:events';
import { existsSync, mkdirSync, readFileSync, renameSync, symlinkSync } from 'node:fs';
import { createServer } from 'node:net';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { Agent, request as httpRequest, type IncomingHttpHeaders } from 'node:http';
import { expect, onTestFinished } from 'vitest';
import { folder, tsgi } from '../command.ts';

/** Who requires the start file. */
export type LoaderName = 'passenger' | 'litespeed';

/** The client, as the web server would see it. */
export interface Client {
  readonly address?: string;
  readonly https?: boolean;
}

/** An answer, whole. */
export interface Answer {
  readonly status: number | undefined;
  readonly headers: IncomingHttpHeaders;
  readonly body: string;
}

/** An application behind a loader. */
export interface Started {
  readonly child: ChildProcess;
  /** The folder of the application. */
  readonly root: string;
  readonly socket: string;
  stderr(): string;
  /** As the web server would send it on, with the headers that it adds. */
  ask(path: string, options?: Asked): Promise<Answer>;
  /** What the web server does to end it; resolves with the exit code. */
  end(): Promise<number | null>;
}

export interface Asked extends Client {
  readonly method?: string;
  readonly headers?: Record<string, string>;
  readonly body?: string;
  onChunk?(text: string): void;
}

/** As on CloudLinux, where the packages are elsewhere and a link leads to them. */
export function hostedFolder(
  files: Readonly<Record<string, string>>,
  packages: Readonly<Record<string, string>>,
): string {
  const root = folder(files);
  const modules = join(folder(), 'lib/node_modules');
  mkdirSync(modules, { recursive: true });
  for (const [name, target] of Object.entries(packages)) symlinkSync(target, join(modules, name));
  symlinkSync(modules, join(root, 'node_modules'));
  return root;
}

const cli = fileURLToPath(new URL('../..', import.meta.url));

/** Writes the start file by the command, and starts it as the web server does. */
export async function startUnder(
  loader: LoaderName,
  files: Readonly<Record<string, string>>,
  { init = [], env = {} }: { init?: readonly string[]; env?: Record<string, string> } = {},
): Promise<Started> {
  const root = hostedFolder({ 'package.json': '{"type":"module"}', ...files }, { tsgi: cli });
  const written = await tsgi(['init', '--passenger', ...init], { cwd: root });
  expect([written.exitCode, written.stderr]).toEqual([0, '']);
  return spawnUnder(loader, root, env);
}

/** Starts `app.cjs` of the folder. */
export async function spawnUnder(loader: LoaderName, root: string, env: Record<string, string> = {}): Promise<Started> {
  const started = loader === 'passenger' ? await asPassenger(root, env) : await asLitespeed(root, env);
  const { child, socket } = started;
  let stderr = '';
  child.stderr?.on('data', (bytes) => (stderr += String(bytes)));
  onTestFinished(() => void child.kill('SIGKILL'));
  return {
    child,
    root,
    socket,
    stderr: () => stderr,
    ask: (path, asked = {}) => ask(loader, socket, path, asked),
    async end() {
      const exit = once(child, 'exit');
      if (loader === 'passenger') child.stdin?.end();
      else child.kill('SIGTERM');
      return (await exit)[0];
    },
  };
}

interface Spawned {
  child: ChildProcess;
  socket: string;
}

const script = (name: LoaderName): string => fileURLToPath(new URL(`${name}.cjs`, import.meta.url));

async function asPassenger(root: string, env: Record<string, string>): Promise<Spawned> {
  const sockets = folder();
  const options = JSON.stringify({ app_root: root, startup_file: join(root, 'app.cjs'), socket_dir: sockets });
  const child = spawn(process.execPath, [script('passenger'), options], {
    cwd: root,
    env: { PATH: process.env['PATH'], NODE_ENV: 'production', ...env },
    stdio: ['pipe', 'ignore', 'pipe'],
  });
  const ready = join(sockets, 'ready');
  await expect.poll(() => existsSync(ready) && readFileSync(ready, 'utf8') !== '', { timeout: 20_000 }).toBe(true);
  return { child, socket: readFileSync(ready, 'utf8') };
}

async function asLitespeed(root: string, env: Record<string, string>): Promise<Spawned> {
  const sockets = folder();
  const socket = join(sockets, 'node.sock');
  const server = createServer();
  server.listen(join(sockets, 'bound.sock'));
  await once(server, 'listening');
  // To close it unlinks the path that it was bound to.
  renameSync(join(sockets, 'bound.sock'), socket);
  const fd = Number(Reflect.get(Object(Reflect.get(server, '_handle')), 'fd'));
  const child = spawn(process.execPath, [script('litespeed')], {
    env: {
      PATH: process.env['PATH'],
      NODE_ENV: 'production',
      LSNODE_ROOT: root,
      LSNODE_STARTUP_FILE: 'app.cjs',
      LSNODE_SOCKET: socket,
      LSNODE_CONSOLE_LOG: join(root, 'console.log'),
      ...env,
    },
    stdio: [fd, 'pipe', 'pipe'],
  });
  await once(child, 'spawn');
  // It has its own copy; a request waits in the queue of the socket until it accepts.
  server.close();
  return { child, socket };
}

/** Passenger's own lines follow the client's, LiteSpeed appends to the address list; neither takes away the client's. */
function addedHeaders(loader: LoaderName, { address = '203.0.113.9', https = false, headers = {} }: Asked): string[] {
  const pairs = Object.entries(headers).flat();
  if (loader === 'passenger') {
    const proto = https ? ['X-Forwarded-Proto', 'https', '!~Passenger-Proto', 'https'] : [];
    const client = ['X-Forwarded-For', address, '!~Passenger-Client-Address', address];
    return ['Connection', 'close', ...pairs, ...proto, ...client, '!~Passenger-Envvars', 'UEFUSAAvYmluAA=='];
  }
  const before = Object.entries(headers).find(([name]) => name.toLowerCase() === 'x-forwarded-for')?.[1];
  const proto = https ? ['X-Forwarded-Proto', 'https'] : [];
  return [...pairs, 'X-Forwarded-For', before === undefined ? address : `${before},${address}`, ...proto];
}

async function ask(loader: LoaderName, socketPath: string, path: string, asked: Asked): Promise<Answer> {
  const { method = 'GET', body, onChunk } = asked;
  const length = body === undefined ? [] : ['Content-Length', String(Buffer.byteLength(body))];
  const request = httpRequest({
    socketPath,
    path,
    method,
    agent: new Agent({ maxSockets: 1 }),
    headers: ['Host', 'example.org', ...length, ...addedHeaders(loader, asked)] as never,
  });
  request.end(body);
  const [response] = await once(request, 'response');
  let text = '';
  for await (const chunk of response) {
    text += String(chunk);
    onChunk?.(String(chunk));
  }
  return { status: response.statusCode, headers: response.headers, body: text };
}
