import { mkdirSync, symlinkSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { afterAll, beforeAll, describe, expect, inject, it } from 'vitest';
import { startPhpFpm } from './servers/php-fpm.ts';
import { Cleanup, freePort, openFolder } from './servers/process.ts';
import { startTsgi } from './servers/tsgi.ts';

describe.each([
  { name: 'a connection each', flags: [] },
  { name: 'pooled connections', flags: ['--pool', '2'] },
])('tsgi gateway in front of php-fpm, $name', ({ flags }) => {
  const cleanup = new Cleanup();
  let url: string;

  beforeAll(async () => {
    const root = openFolder(cleanup);
    writeFileSync(join(root, 'index.php'), '<?php echo "index ", $_SERVER["REQUEST_METHOD"];');
    writeFileSync(
      join(root, 'server.php'),
      `<?php header('Content-Type: application/json'); setcookie('a', '1'); setcookie('b', '2');
      echo json_encode(['script' => $_SERVER['SCRIPT_NAME'], 'path' => $_SERVER['PATH_INFO'] ?? '', 'file' =>
      $_SERVER['SCRIPT_FILENAME'], 'query' => $_GET, 'length' => strlen(file_get_contents('php://input')),
      'proxy' => getenv('HTTP_PROXY')]);`,
    );
    writeFileSync(join(root, 'big.php'), '<?php for ($i = 0; $i < 1000; $i++) echo str_repeat("x", 4096);');
    writeFileSync(join(root, 'gone.php'), '<?php http_response_code(410); header("X-Why: moved"); error_log("noted");');
    writeFileSync(join(root, 'plain.txt'), 'not a program');
    mkdirSync(join(root, 'sub'));
    symlinkSync('/etc/passwd', join(root, 'leak.php'));
    const socket = await startPhpFpm(cleanup);
    const port = await freePort();
    const args = ['gateway', '--to', `fcgi+unix:${socket}`, '--root', root, '--bind', `127.0.0.1:${port}`, ...flags];
    await startTsgi(cleanup, inject('staged'), args);
    url = `http://127.0.0.1:${port}`;
  });
  afterAll(() => cleanup.run());

  it('runs index.php for the directory', async () => {
    expect(await (await fetch(`${url}/`)).text()).toBe('index GET');
  });

  it('splits SCRIPT_NAME from PATH_INFO, and passes query, body and cookies', async () => {
    const answer = await fetch(`${url}/server.php/a%20b/c?x[]=1&x[]=2`, {
      method: 'POST',
      body: 'x'.repeat(200_000),
      headers: { Proxy: 'http://evil' },
    });
    expect(await answer.json()).toMatchObject({
      script: '/server.php',
      path: '/a b/c',
      query: { x: ['1', '2'] },
      length: 200_000,
      proxy: false,
    });
    expect(answer.headers.getSetCookie()).toHaveLength(2);
  });

  it('passes a body whose length nobody knows', async () => {
    const body = new ReadableStream({
      start(controller) {
        for (let index = 0; index < 10; index++) controller.enqueue(new TextEncoder().encode('0123456789'));
        controller.close();
      },
    });
    const answer = await fetch(`${url}/server.php`, { method: 'POST', body, duplex: 'half' } as RequestInit);
    expect(await answer.json()).toMatchObject({ length: 100 });
  });

  it('streams 4 MB', async () => {
    expect((await (await fetch(`${url}/big.php`)).arrayBuffer()).byteLength).toBe(4_096_000);
  });

  it("passes the script's status and headers", async () => {
    const answer = await fetch(`${url}/gone.php`);
    expect([answer.status, answer.headers.get('x-why')]).toEqual([410, 'moved']);
  });

  it.each(['/missing.php', '/plain.txt', '/sub/', '/leak.php', '/..%2f..%2fetc/passwd', '/index.php%00.txt'])(
    'does not serve %s',
    async (path) => {
      const { status } = await fetch(url + path);
      expect([400, 403, 404]).toContain(status);
    },
  );

  it('serves many at once', async () => {
    const answers = await Promise.all(
      Array.from({ length: 30 }, async () => (await fetch(`${url}/server.php`)).status),
    );
    expect(answers).toEqual(Array.from({ length: 30 }, () => 200));
  });
});

describe.each([1, 2, 5])(
  'tsgi gateway under load in front of php-fpm with %d workers, nothing said of a pool',
  (workers) => {
    const cleanup = new Cleanup();
    const urls: string[] = [];

    beforeAll(async () => {
      const root = openFolder(cleanup);
      writeFileSync(
        join(root, 'index.php'),
        '<?php echo $_SERVER["REQUEST_METHOD"], " ", file_get_contents("php://input");',
      );
      const socket = await startPhpFpm(cleanup, workers);
      for (const flags of [[], [], ['--pool', '0']]) {
        const port = await freePort();
        const to = ['--to', `fcgi+unix:${socket}`, '--root', root, '--bind', `127.0.0.1:${port}`];
        await startTsgi(cleanup, inject('staged'), ['gateway', ...to, ...flags]);
        urls.push(`http://127.0.0.1:${port}/`);
      }
    });
    afterAll(() => cleanup.run());

    it('two gateways and a client without kept connections are all answered, GET and POST', async () => {
      const ask = async (url: string, times: number): Promise<void> => {
        for (let round = 0; round < times; round++) {
          const isPost = round % 10 === 9;
          const answer = await fetch(url, isPost ? { method: 'POST', body: 'sent' } : {});
          expect([answer.status, await answer.text()]).toEqual([200, isPost ? 'POST sent' : 'GET ']);
        }
      };
      const [one = '', two = '', other = ''] = urls;
      const load = [one, two].flatMap((url) => Array.from({ length: 4 }, () => ask(url, 100)));
      await Promise.all([...load, ask(other, 20)]);
    });
  },
);
