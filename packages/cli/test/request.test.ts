import { once } from 'node:events';
import { describe, expect, it } from 'vitest';
import { folder, HELLO, spawnTsgi, tsgi } from './command.ts';

const ECHO = `export default async (environ, startResponse) => {
  const body = await environ['tsgi.input'].read();
  startResponse('201 Created', [['Content-Type', 'text/plain'], ['Set-Cookie', 'a=1'], ['Set-Cookie', 'b=2']]);
  const { REQUEST_METHOD: method, PATH_INFO: path, QUERY_STRING: query, CONTENT_TYPE: type, HTTP_X_TEST: test } = environ;
  return [Buffer.from(JSON.stringify({ method, path, query, type, test }) + '\\n'), body];
};`;

/** The head without what a wire adds, and the body. */
function parts(stdout: string): { head: string[]; body: string } {
  const end = stdout.indexOf('\r\n\r\n');
  const head = stdout.slice(0, end).split('\r\n');
  return {
    head: head.filter((line) => !/^(date|server|connection|transfer-encoding|content-length):/i.test(line)),
    body: stdout.slice(end + 4),
  };
}

describe('tsgi request', () => {
  it.each(['http', 'fcgi', 'scgi', 'cgi'])('goes through %s and prints the answer as curl -i does', async (backend) => {
    const cwd = folder({ 'app.mjs': ECHO });
    const target = '/a b/%C3%A9?x=1&y=é';
    const args = ['request', 'app.mjs', target, '--backend', backend, '-d', 'one', '-d', 'two', '-H', 'X-Test: é'];
    const { exitCode, stdout, stderr } = await tsgi(args, { cwd });
    expect({ exitCode, stderr }).toEqual({ exitCode: 0, stderr: '' });
    const { head, body } = parts(stdout);
    expect(head).toEqual(['HTTP/1.1 201 Created', 'Content-Type: text/plain', 'Set-Cookie: a=1', 'Set-Cookie: b=2']);
    const [json = '', sent] = body.split('\n');
    expect(sent).toBe('one&two');
    expect(JSON.parse(json)).toEqual({
      method: 'POST',
      path: '/a b/\u00c3\u00a9',
      query: 'x=1&y=%C3%A9',
      type: 'application/x-www-form-urlencoded',
      test: '\u00c3\u00a9',
    });
  });

  it.each(['http', 'fcgi', 'scgi', 'cgi'])('mounts the application over %s', async (backend) => {
    const cwd = folder({ 'app.mjs': HELLO });
    const args = ['request', 'app.mjs', '/app/x', '--backend', backend, '--script-name', '/app', '-X', 'OPTIONS'];
    expect((await tsgi(args, { cwd })).stdout).toContain('hello OPTIONS /app|/x\n');
  });

  it.each(['fcgi', 'scgi', 'cgi'])('what no web server would pass on to %s ends 2', async (backend) => {
    const cwd = folder({ 'app.mjs': HELLO });
    for (const [target = '', header = ''] of [
      ['/', 'Content-Length: x'],
      ['*', 'X-Method: GET'],
    ]) {
      const ended = await tsgi(['request', 'app.mjs', target, '--backend', backend, '-H', header], { cwd });
      expect(ended).toMatchObject({ exitCode: 2, stdout: '' });
      expect(ended.stderr).toMatch(/^tsgi: no web server passes this on: R\d\d: .+\n$/);
    }
  });

  it.each(['fcgi', 'scgi', 'cgi'])('a body shorter than its Content-Length is a 400 over %s', async (backend) => {
    const args = ['request', 'app.mjs', '/', '--backend', backend, '-d', 'abc', '-H', 'Content-Length: 99'];
    const { stdout } = await tsgi(args, { cwd: folder({ 'app.mjs': ECHO }) });
    expect(stdout).toMatch(/^HTTP\/1.1 400 Bad Request\r\n/);
  });

  it.each(['http', 'fcgi', 'scgi'])('an application that ends the process ends 1 over %s', async (backend) => {
    const cwd = folder({ 'app.mjs': 'export default () => process.exit(0);' });
    const ended = await tsgi(['request', 'app.mjs', '/', '--backend', backend], { cwd });
    expect(ended).toEqual({ exitCode: 1, stdout: '', stderr: 'tsgi: the application ended the process\n' });
  });

  it('asks for / over http unless told otherwise, and takes the body from a file', async () => {
    const cwd = folder({ 'app.mjs': HELLO, 'echo.mjs': ECHO, 'data.txt': 'from a file' });
    expect((await tsgi(['request', 'app.mjs'], { cwd })).stdout).toMatch(/^HTTP\/1\.1 200 OK\r\n[^]*hello GET \|\/\n$/);
    const { stdout } = await tsgi(['request', 'echo.mjs', '/', '-X', 'PUT', '-d', '@data.txt'], { cwd });
    expect(stdout).toContain('"method":"PUT"');
    expect(stdout).toMatch(/from a file$/);
  });

  it.each(['http', 'fcgi'])('ends 1 when the answer is cut short, which %s can tell', async (backend) => {
    const cut = `export default (environ, startResponse) => {
      startResponse('200 OK', [['Content-Type', 'text/plain']]);
      return (function* () { yield Buffer.from('begun'); throw new Error('broken'); })();
    };`;
    const { exitCode, stdout, stderr } = await tsgi(['request', 'app.mjs', '/', '--backend', backend], {
      cwd: folder({ 'app.mjs': cut }),
    });
    expect(exitCode).toBe(1);
    expect(stdout).toMatch(/begun$/);
    expect(stderr).toMatch(/Error: broken[^]*tsgi: the answer was cut short\n$/);
  });

  it('ends 1 on a status of 400 and above with --fail, as curl does, and prints it all the same', async () => {
    const cwd = folder({ 'app.mjs': HELLO, 'broken.mjs': 'export default () => { throw new Error("broken"); };' });
    const broken = await tsgi(['request', 'broken.mjs', '--fail'], { cwd });
    expect(broken).toMatchObject({ exitCode: 1, stdout: expect.stringMatching(/^HTTP\/1.1 500 [^]*500 Internal/) });
    expect(broken.stderr).toContain('Error: broken');
    expect((await tsgi(['request', 'broken.mjs'], { cwd })).exitCode).toBe(0);
    expect((await tsgi(['request', 'app.mjs', '-f'], { cwd })).exitCode).toBe(0);
  });

  it('ends although the application keeps something open', async () => {
    const cwd = folder({ 'app.mjs': `setInterval(() => {}, 1000);\n${HELLO}` });
    expect((await tsgi(['request', 'app.mjs'], { cwd })).exitCode).toBe(0);
  });

  it('prints the head that answers CONNECT, and ends', async () => {
    const cwd = folder({ 'app.mjs': HELLO });
    const { exitCode, stdout } = await tsgi(['request', 'app.mjs', 'a.test:443', '-X', 'CONNECT'], { cwd });
    expect({ exitCode, stdout }).toEqual({ exitCode: 0, stdout: expect.stringMatching(/^HTTP\/1.1 200 OK\r\n/) });
  });

  it.each(['http', 'fcgi'])('ends without a word when nobody reads what it prints, over %s', async (backend) => {
    const endless = `export default (environ, startResponse) => {
      startResponse('200 OK', [['Content-Type', 'text/plain']]);
      return (function* () { for (;;) yield Buffer.alloc(65536, 'x'); })();
    };`;
    const args = ['request', 'app.mjs', '/', '--backend', backend];
    const child = spawnTsgi(args, { cwd: folder({ 'app.mjs': endless }) });
    let stderr = '';
    child.stderr?.on('data', (bytes) => (stderr += String(bytes)));
    child.stdout?.once('data', () => child.stdout?.destroy());
    expect(await once(child, 'close')).toEqual([0, null]);
    expect(stderr).toBe('');
  });
});
