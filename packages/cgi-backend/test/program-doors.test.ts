import { spawn } from 'node:child_process';
import { describe, expect, it } from 'vitest';
import { cgiBackend, makeServer, serve } from '../src/index.ts';
import { ended, variablesFor } from './program.ts';

const classic = new URL('fixtures/classic.mjs', import.meta.url).pathname;

describe('makeServer', () => {
  it.each(['one', 'forever'])('answers the one request there is: %s', async (QUERY_STRING) => {
    const child = spawn(process.execPath, [classic], { env: variablesFor('x', { QUERY_STRING }) });
    const { stdout, code } = await ended(child);
    expect(stdout).toBe(`Status: 200 OK\r\nContent-Length: ${QUERY_STRING.length}\r\n\r\n${QUERY_STRING}`);
    expect(code).toBe(0);
  });
});

it('the backend is a value with the name of its scheme', () => {
  expect(cgiBackend.name).toBe('cgi');
});

it('what is no function is no application, and is said so at once', async () => {
  const found = 'R1: an application is a function of environ and startResponse, found undefined';
  await expect(serve(undefined as never)).rejects.toThrow(found);
  expect(() => makeServer('', 0, undefined as never)).toThrow(found);
});
