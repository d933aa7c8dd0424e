import { spawn, type StdioOptions } from 'node:child_process';
import { mkdtempSync, readFileSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';

export const APP: string = new URL('fixtures/app.mjs', import.meta.url).pathname;

/** How a program ended. */
export interface Ended {
  stdout: string;
  stderr: string;
  code: number | null;
  signal: NodeJS.Signals | null;
}

/** What a web server sets for `GET /`, for one of the applications. */
export function variablesFor(application: string, extra: Record<string, string> = {}): Record<string, string> {
  return {
    PATH: process.env.PATH ?? '',
    GATEWAY_INTERFACE: 'CGI/1.1',
    REQUEST_METHOD: 'GET',
    SCRIPT_NAME: `/${application}`,
    PATH_INFO: '',
    QUERY_STRING: '',
    REQUEST_URI: `/${application}`,
    SERVER_NAME: 'example.org',
    SERVER_PORT: '80',
    SERVER_PROTOCOL: 'HTTP/1.1',
    ...extra,
  };
}

/** Runs one of the applications as a web server does. */
export function run(
  application: string,
  extra: Record<string, string> = {},
  input: string | Buffer = '',
  stdio: StdioOptions = 'pipe',
): Promise<Ended> {
  return ended(spawn(process.execPath, [APP], { env: variablesFor(application, extra), stdio }), input);
}

/** Gives a program its input and collects what it says. */
export function ended(child: ReturnType<typeof spawn>, input: string | Buffer = ''): Promise<Ended> {
  return new Promise((resolve) => {
    let stdout = '';
    let stderr = '';
    child.stdin?.on('error', () => {});
    child.stdin?.end(input, 'latin1');
    child.stdout?.on('data', (chunk: Buffer) => {
      stdout += chunk.toString('latin1');
    });
    child.stderr?.on('data', (chunk: Buffer) => {
      stderr += chunk.toString();
    });
    child.on('close', (code, signal) => resolve({ stdout, stderr, code, signal }));
  });
}

/** A file that the applications write notes to, gone afterwards. */
export async function withNotes<Result>(use: (path: string, read: () => string) => Promise<Result>): Promise<Result> {
  const folder = mkdtempSync(join(tmpdir(), 'tsgi-cgi-'));
  const path = join(folder, 'notes');
  const read = (): string => {
    try {
      return readFileSync(path, 'utf8');
    } catch {
      return '';
    }
  };
  try {
    return await use(path, read);
  } finally {
    rmSync(folder, { recursive: true, force: true });
  }
}

/** Waits until `condition` holds; the test's own time limit ends a wait for what never comes. */
export async function until(condition: () => boolean): Promise<void> {
  while (!condition()) await new Promise((resolve) => setTimeout(resolve, 10));
}
