import { type ChildProcess, fork } from 'node:child_process';
import { once } from 'node:events';
import { mkdtempSync, rmSync } from 'node:fs';
import { Agent, request } from 'node:http';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import type { App } from '@tsgi/core';
import { callApp } from '@tsgi/core/testing';
import { gateway as fcgi } from '@tsgi/fcgi-backend';
import { gateway as scgi } from '@tsgi/scgi-backend';
import { describe, expect, it } from 'vitest';

/** What a request went through in the server's process. */
interface Path {
  files: string[];
  calls: number;
}

async function ask<Answer>(child: ChildProcess, question: string): Promise<Answer> {
  const answer = once(child, 'message');
  child.send(question);
  return ((await answer) as [Answer])[0];
}

/** The connection is kept: its end is not the request's. */
async function overHttp(path: string): Promise<string> {
  const agent = new Agent({ keepAlive: true });
  const [response] = await once(request({ socketPath: path, agent }).end(), 'response');
  let text = '';
  for await (const chunk of response) text += String(chunk);
  return text;
}

async function through(app: App): Promise<string> {
  return (await callApp(app)).text;
}

const REQUEST: Record<string, (path: string) => Promise<string>> = {
  http: overHttp,
  fcgi: (path) => through(fcgi({ address: `unix:${path}` })),
  scgi: (path) => through(scgi({ address: `unix:${path}` })),
};

/** The first request of a process compiles and remembers; the second one, on a new connection, is the one that is looked at. */
async function pathOf(wire: string): Promise<Path> {
  const folder = mkdtempSync(join(tmpdir(), 'tsgi-path-'));
  const path = join(folder, 's');
  const child = fork(fileURLToPath(new URL('server.js', import.meta.url)), [wire, path]);
  try {
    await once(child, 'message');
    expect(await REQUEST[wire]?.(path)).toBe('Hello, world!');
    await ask(child, 'begin');
    expect(await REQUEST[wire]?.(path)).toBe('Hello, world!');
    return await ask<Path>(child, 'passed');
  } finally {
    child.kill();
    rmSync(folder, { recursive: true, force: true });
  }
}

// Who reads the code along a request opens these files; and calls are what one release is dearer than the one before by. A timer
// that comes meanwhile makes some, too: there is room for a dozen.
describe('what a small GET on a new connection passes', () => {
  it.each([
    { wire: 'http', files: 24, calls: 205 },
    { wire: 'fcgi', files: 20, calls: 215 },
    { wire: 'scgi', files: 16, calls: 155 },
  ])('over $wire: $files files and $calls calls at most', async ({ wire, files, calls }) => {
    const passed = await pathOf(wire);
    // All of them are named where there are too many.
    expect(passed.files.length > files ? passed.files : []).toEqual([]);
    expect(passed.files.length).toBeGreaterThan(10);
    expect(passed.calls).toBeLessThanOrEqual(calls);
    expect(passed.calls).toBeGreaterThan(50);
  });
});
