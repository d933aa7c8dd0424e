import { execFile } from 'node:child_process';
import { createHash, randomBytes } from 'node:crypto';
import { promisify } from 'node:util';
import { expect, it } from 'vitest';

/** What a front end is known to do to a request or an answer; each names the server that does it. */
export interface Quirks {
  /** Apache hands a CGI program its answer's head only when the body has begun; an answer cut short is not shown. */
  hidesTruncation?: boolean;
  /**
   * An application that answers while it reads gets no more of the body than what fits a socket's buffer: nginx stops
   * sending it once it has passed on the answer's head, mod_cgi reads no answer before it has written all of it.
   */
  bodyComesFirst?: boolean;
  /** Apache joins what repeats before anybody sees it, cookies with a comma too. */
  joinsCookies?: string;
  /** The application is mounted here. */
  mount?: string;
  /** Passenger in Apache encodes the decoded path anew, with small letters. */
  encodesAnew?: boolean;
  /** What the front end makes of `/a%20b/%C3%A9`: the wire's PATH_INFO, as text. */
  decodedPath?: string;
}

const run = promisify(execFile);

async function curl(args: readonly string[]): Promise<{ stdout: string; failed: boolean }> {
  try {
    const { stdout } = await run('curl', ['--silent', '--show-error', '--max-time', '20', ...args], {
      maxBuffer: 64 << 20,
    });
    return { stdout, failed: false };
  } catch (error) {
    const stdout = error instanceof Error && 'stdout' in error ? String(error.stdout) : '';
    return { stdout, failed: true };
  }
}

async function environOf(url: string, ...args: string[]): Promise<Record<string, unknown>> {
  const { stdout } = await curl([...args, url]);
  const parsed: unknown = JSON.parse(stdout);
  if (typeof parsed !== 'object' || parsed === null) throw new Error(`no environ: ${stdout}`);
  return { ...parsed };
}

/** The same requests for every real server, through `curl`. */
export function battery(base: () => string, quirks: Quirks = {}): void {
  const mount = quirks.mount ?? '';

  it('R26, R29, R30: path and query arrive', async () => {
    const environ = await environOf(`${base()}${mount}/environ/a%20b/%C3%A9?x=1&y=%20?z`);
    expect(environ).toMatchObject({
      REQUEST_METHOD: 'GET',
      SCRIPT_NAME: `${mount}/environ`,
      PATH_INFO: quirks.decodedPath ?? '/a b/é',
      QUERY_STRING: 'x=1&y=%20?z',
      REQUEST_URI: `${mount}/environ/a%20b/${quirks.encodesAnew === true ? '%c3%a9' : '%C3%A9'}?x=1&y=%20?z`,
      'tsgi.url_scheme': 'http',
      'tsgi.version': [1, 0],
    });
  });

  it('R36, R38: Proxy and hop-by-hop headers stay outside', async () => {
    const environ = await environOf(`${base()}${mount}/environ`, '-H', 'Proxy: http://evil', '-H', 'X-Seen: yes');
    expect(environ.HTTP_X_SEEN).toBe('yes');
    expect(Object.keys(environ)).not.toContain('HTTP_PROXY');
    expect(Object.keys(environ)).not.toContain('HTTP_CONNECTION');
  });

  it('R37: cookies are joined with a semicolon', async () => {
    const environ = await environOf(`${base()}${mount}/environ`, '-H', 'Cookie: a=1', '-H', 'Cookie: b=2');
    expect(environ.HTTP_COOKIE).toBe(`a=1${quirks.joinsCookies ?? '; '}b=2`);
  });

  const echoed = quirks.bodyComesFirst === true ? 16_384 : 1 << 20;
  it(`R31, R45: a body of ${echoed} bytes goes there and back`, async () => {
    const body = randomBytes(echoed);
    const answer = await fetch(`${base()}${mount}/echo`, { method: 'POST', body });
    expect(answer.status).toBe(200);
    expect(Buffer.from(await answer.arrayBuffer()).equals(body)).toBe(true);
  });

  it('an upload is counted and hashed', async () => {
    const body = randomBytes(3_000_000);
    const answer = await fetch(`${base()}${mount}/upload`, { method: 'PUT', body });
    expect(await answer.text()).toBe(`3000000 bytes, sha256 ${createHash('sha256').update(body).digest('hex')}\n`);
  });

  it('R84: HEAD has the head of GET and no body', async () => {
    const head = await curl(['--head', `${base()}${mount}/environ`]);
    expect(head.stdout).toMatch(/^HTTP\/1\.1 200 /);
    expect(head.stdout).toMatch(/content-type: application\/json/i);
  });

  it('R77: an application that throws is a 500, and the next request is served', async () => {
    expect((await fetch(`${base()}${mount}/errors/before`)).status).toBe(500);
    expect((await fetch(`${base()}${mount}/errors`)).status).toBe(200);
  });

  it('R71: a replaced head leaves nothing of the old one', async () => {
    const answer = await fetch(`${base()}${mount}/errors/replaced`);
    expect(answer.status).toBe(503);
    expect(answer.headers.get('x-leftover')).toBeNull();
  });

  it.runIf(quirks.hidesTruncation !== true)('R81: an answer that is too short does not look complete', async () => {
    const answer = await curl([`${base()}${mount}/errors/short`]);
    expect(answer.failed).toBe(true);
  });

  it('R86: a streamed answer is whole', async () => {
    const { stdout } = await curl(['--no-buffer', `${base()}${mount}/stream`]);
    expect(stdout.split('\n')).toHaveLength(11);
    expect(stdout.endsWith('line 10 of 10\n')).toBe(true);
  });
}
