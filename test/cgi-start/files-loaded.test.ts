import { execFileSync } from 'node:child_process';
import { mkdtempSync, readFileSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { describe, expect, it } from 'vitest';

const here = (file: string): string => fileURLToPath(new URL(file, import.meta.url));

/** Answers one request as a CGI program. @returns the files of this repository that it loaded. */
function filesOf(args: readonly string[], variables: Record<string, string> = {}): string[] {
  const folder = mkdtempSync(join(tmpdir(), 'tsgi-start-'));
  const note = join(folder, 'loaded');
  try {
    const env = {
      PATH: process.env['PATH'],
      NOTE_LOADED: note,
      GATEWAY_INTERFACE: 'CGI/1.1',
      REQUEST_METHOD: 'GET',
      SCRIPT_NAME: '/app',
      SERVER_NAME: 'example.org',
      SERVER_PORT: '80',
      SERVER_PROTOCOL: 'HTTP/1.1',
      ...variables,
    };
    const answer = execFileSync(process.execPath, ['--import', here('note-loaded.mjs'), ...args], {
      env,
      encoding: 'latin1',
      stdio: ['ignore', 'pipe', 'inherit'],
    });
    expect(answer).toMatch(/^Status: 200 OK\r\n[^]*\r\n\r\nHello\n$/);
    const urls = readFileSync(note, 'utf8').split('\n');
    return urls.filter((url) => url.includes('/packages/')).map((url) => url.replace(/^.*\/packages\//, ''));
  } finally {
    rmSync(folder, { recursive: true, force: true });
  }
}

const command = [here('../../packages/cli/bin/tsgi.js'), 'serve', here('app.mjs')];

// A CGI program is loaded anew for every request, and each file costs about 1 % of its start. Who needs one more: is it needed by a
// request that fails in nothing, over this wire? If not, `await import()` it where it is.
describe('files that a CGI program loads for one request', () => {
  it.each([
    { how: 'tsgi serve --backend cgi', args: [...command, '--backend', 'cgi'], most: 59 },
    { how: 'tsgi serve, found out', args: command, most: 59 },
    { how: '@tsgi/cgi-backend', args: [here('main-entry.mjs')], most: 40 },
    { how: '@tsgi/cgi-backend/program', args: [here('program-entry.mjs')], most: 37 },
  ])('$how: $most at most', ({ args, most }) => {
    const files = filesOf(args);
    // All of them are named where there are too many.
    expect(files.length > most ? files : []).toEqual([]);
    expect(files.length).toBeGreaterThan(20);
  });

  it('what only other wires need is not among them', () => {
    const files = filesOf([...command, '--backend', 'cgi']).join('\n');
    expect(files).not.toMatch(/^(?:adapters|http-backend|fcgi-backend|scgi-backend|supervisor|conformance)\//m);
    expect(files).not.toMatch(/^core\/dist\/(?:server|cgi|forward|clock|index)\.js$/m);
  });
});
