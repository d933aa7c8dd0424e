import { type ChildProcess, spawn, spawnSync } from 'node:child_process';
import { once } from 'node:events';
import { readdirSync, rmSync, statSync } from 'node:fs';
import { basename, dirname, join } from 'node:path';
import { it, onTestFinished } from 'vitest';
import { folder, tsgi } from './command.ts';

/** The file is compiled on the machine that it is made on. */
export const hasCompiler = spawnSync('cc', ['--version']).status === 0;

/** A test of such a file. CI installs a compiler. */
export const residentTest = it.runIf(hasCompiler);

/** An application that says which process it is, and what it got. */
export const WHO = `export default async (environ, startResponse) => {
  let bytes = 0;
  for await (const chunk of environ['tsgi.input']) bytes += chunk.byteLength;
  if (environ.QUERY_STRING === 'die') process.exit(5);
  if (environ.QUERY_STRING === 'slow') await new Promise((resolve) => setTimeout(resolve, 1500));
  startResponse('200 OK', [['Content-Type', 'application/json']]);
  const names = Object.keys(environ).filter((name) => !name.includes('.'));
  const { HOME, HTTP_X, REQUEST_METHOD } = process.env;
  return [Buffer.from(JSON.stringify({ pid: process.pid, bytes, names, query: environ.QUERY_STRING, env: { HOME, HTTP_X, REQUEST_METHOD } }))];
};
`;

const VARIABLES = {
  PATH: '/usr/bin:/bin',
  GATEWAY_INTERFACE: 'CGI/1.1',
  REQUEST_METHOD: 'GET',
  SCRIPT_NAME: '/cgi-bin/app',
  PATH_INFO: '/x',
  QUERY_STRING: '',
  SERVER_NAME: 'example.org',
  SERVER_PORT: '80',
  SERVER_PROTOCOL: 'HTTP/1.1',
};

export interface Reply {
  readonly exitCode: number | null;
  readonly status: string;
  readonly body: string;
  readonly stderr: string;
}

/** What `WHO` says. */
export interface Who {
  readonly pid: number;
  readonly bytes: number;
  readonly names: readonly string[];
  readonly query: string;
  readonly env: Readonly<Record<string, string>>;
}

/** Builds an application as a file that keeps a process, which is ended with the test. */
export async function builtResident(app = WHO, flags: readonly string[] = [], home = folder()): Promise<string> {
  const { appFolder, file } = { appFolder: folder({ 'app.mjs': app }), file: join(home, 'app.cgi') };
  const { exitCode, stderr } = await tsgi([
    'build-cgi',
    join(appFolder, 'app.mjs'),
    '-o',
    file,
    '--resident',
    '--force',
    ...flags,
  ]);
  if (exitCode !== 0) throw new Error(stderr);
  return file;
}

/** Where the process of a file has its socket, lock and log. */
export function stateOf(file: string): string {
  return join(dirname(file), `.${basename(file)}.tsgi`);
}

/** Where it has them if there they cannot be. */
export function elsewhereOf(file: string, user: number = process.getuid?.() ?? 0): string {
  let hash = 14_695_981_039_346_656_037n;
  // FNV-1a of the path, as the client reckons it.
  for (const byte of Buffer.from(file)) hash = BigInt.asUintN(64, (hash ^ BigInt(byte)) * 1_099_511_628_211n);
  const path = `/tmp/tsgi-${user}-${hash.toString(16).padStart(16, '0')}`;
  onTestFinished(() => rmSync(path, { recursive: true, force: true }));
  return path;
}

export function socketsIn(state: string): string[] {
  return statSync(state, { throwIfNoEntry: false })?.isDirectory() === true
    ? readdirSync(state).filter((name) => name.endsWith('.sock'))
    : [];
}

export function startRequest(file: string, variables: Record<string, string> = {}, as?: number): ChildProcess {
  const child = spawn(file, [], {
    env: { ...VARIABLES, ...variables },
    cwd: dirname(file),
    ...(as === undefined ? {} : { uid: as, gid: as }),
  });
  onTestFinished(() => void child.kill('SIGKILL'));
  return child;
}

/** One request, as a web server sends it. */
export async function request(
  file: string,
  variables: Record<string, string> = {},
  body: Buffer | string = '',
  as?: number,
): Promise<Reply> {
  const length = Buffer.byteLength(body);
  const child = startRequest(file, { ...(length === 0 ? {} : { CONTENT_LENGTH: String(length) }), ...variables }, as);
  child.stdin?.on('error', () => {});
  child.stdin?.end(body);
  return replyOf(child);
}

export async function replyOf(child: ChildProcess): Promise<Reply> {
  const [out, log]: [Buffer[], Buffer[]] = [[], []];
  child.stdout?.on('data', (chunk: Buffer) => out.push(chunk));
  child.stderr?.on('data', (chunk: Buffer) => log.push(chunk));
  await once(child, 'close');
  const text = Buffer.concat(out).toString('latin1');
  const end = text.indexOf('\r\n\r\n');
  return {
    exitCode: child.exitCode,
    status: /^Status: ([^\r]*)\r\n/.exec(text)?.[1] ?? '',
    body: text.slice(end + 4),
    stderr: Buffer.concat(log).toString(),
  };
}

export async function who(file: string, variables?: Record<string, string>, body?: Buffer | string): Promise<Who> {
  const reply = await request(file, variables, body);
  if (reply.status !== '200 OK') throw new Error(JSON.stringify(reply));
  const found: Who = JSON.parse(Buffer.from(reply.body, 'latin1').toString());
  return found;
}

export function lives(pid: number): boolean {
  try {
    process.kill(pid, 0);
    return true;
  } catch {
    return false;
  }
}
