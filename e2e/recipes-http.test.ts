import { existsSync, symlinkSync, writeFileSync } from 'node:fs';
import { request } from 'node:http';
import { join } from 'node:path';
import { afterAll, beforeAll, describe, expect, inject, it } from 'vitest';
import { startApache } from './servers/apache.ts';
import { Cleanup, freePort, openFolder, start, until, untilListening } from './servers/process.ts';
import { adapted, commandLine, recipe } from './servers/recipe.ts';
import { startTsgi } from './servers/tsgi.ts';

const PAGE = 'behind-a-web-server.md';

interface Asked {
  status: number | undefined;
  text: string;
}

/** Byte by byte as given: `fetch` would resolve dot segments. */
function ask(url: string, path: string, headers: Record<string, string> = {}, body?: Buffer): Promise<Asked> {
  return new Promise((resolve, reject) => {
    const sent = request(
      url,
      { path, method: body === undefined ? 'GET' : 'POST', headers: { Host: 'example.org', ...headers }, agent: false },
      (answer) => {
        let text = '';
        answer.setEncoding('latin1').on('data', (chunk) => (text += chunk));
        answer.on('end', () => resolve({ status: answer.statusCode, text }));
        answer.on('error', reject);
      },
    );
    sent.on('error', reject);
    sent.end(body);
  });
}

/** The command of a recipe, on ports and sockets of this test. */
async function startApp(
  cleanup: Cleanup,
  headings: string[],
  places: Record<string, string>,
  socket?: string,
): Promise<void> {
  const args = commandLine(adapted(recipe(PAGE, headings, ''), places));
  await startTsgi(cleanup, inject('staged'), args, socket);
}

/** nginx with this as its `http` block. */
async function startNginx(cleanup: Cleanup, http: (port: number) => string): Promise<string> {
  const folder = openFolder(cleanup);
  const port = await freePort();
  for (const name of ['fastcgi_params', 'scgi_params']) symlinkSync(`/etc/nginx/${name}`, join(folder, name));
  const temporary = ['client_body', 'proxy', 'fastcgi', 'uwsgi', 'scgi'].map((name) => `${name}_temp_path ${folder};`);
  const conf = `daemon off; pid ${folder}/nginx.pid; error_log ${folder}/error.log info; ${process.getuid?.() === 0 ? 'user root;' : ''}
events {}
http { access_log off; ${temporary.join(' ')}
${http(port)}
}`;
  writeFileSync(join(folder, 'nginx.conf'), conf);
  const running = start(cleanup, 'nginx', ['-c', join(folder, 'nginx.conf'), '-e', join(folder, 'error.log')]);
  await untilListening(port, running);
  return `http://127.0.0.1:${port}`;
}

async function startHaproxy(cleanup: Cleanup, config: (port: number) => string): Promise<string> {
  const folder = openFolder(cleanup);
  const port = await freePort();
  writeFileSync(join(folder, 'haproxy.cfg'), config(port));
  const running = start(cleanup, 'haproxy', ['-db', '-f', join(folder, 'haproxy.cfg')]);
  await untilListening(port, running);
  return `http://127.0.0.1:${port}`;
}

/** What every recipe of a whole site at the root has to give. */
function siteTests(url: () => string, { believesForwarded }: { believesForwarded: boolean }): void {
  it('serves the app with the path and the host that the client wrote', async () => {
    const { status, text } = await ask(url(), '/a%2Fb//c?d=%20');
    expect(status).toBe(200);
    expect(JSON.parse(text)).toMatchObject({
      HTTP_HOST: 'example.org',
      SCRIPT_NAME: '',
      PATH_INFO: '/a/b//c',
      QUERY_STRING: 'd=%20',
      scheme: 'http',
      REMOTE_ADDR: '127.0.0.1',
    });
  });

  it('lets no client say who it is', async () => {
    const headers = {
      'X-Forwarded-Host': 'evil.test',
      Forwarded: 'for=6.6.6.6;proto=https',
      'X-Forwarded-Proto': 'https',
    };
    expect(JSON.parse((await ask(url(), '/', headers)).text)).toMatchObject({
      HTTP_HOST: 'example.org',
      scheme: 'http',
      REMOTE_ADDR: '127.0.0.1',
    });
  });

  if (believesForwarded) {
    it('appends to what a proxy before it said: the app takes the last that is not trusted', async () => {
      const { text } = await ask(url(), '/', { 'X-Forwarded-For': '6.6.6.6, 192.0.2.7' });
      expect(JSON.parse(text).REMOTE_ADDR).toBe('192.0.2.7');
    });
  }

  it('takes a body above the front end’s own default', async () => {
    const { status, text } = await ask(url(), '/', {}, Buffer.alloc(3_000_000));
    expect([status, JSON.parse(text).bytes]).toEqual([200, 3_000_000]);
  });
}

describe('nginx', () => {
  describe.each([
    ['### HTTP', true],
    ['### FastCGI', false],
  ] as const)('%s', (heading, isHttp) => {
    const cleanup = new Cleanup();
    let url = '';
    beforeAll(async () => {
      const socket = join(openFolder(cleanup), 'app.sock');
      const port = String(await freePort());
      const config = recipe(PAGE, ['## nginx', heading], 'nginx');
      if (isHttp) {
        await startApp(cleanup, ['## nginx', heading], { 'app.js': 'e2e/recipe-app.js', ':8000': `:${port}` });
      } else {
        const places = { 'app.js': 'e2e/recipe-app.js', '/run/app/app.sock': socket };
        await startApp(cleanup, ['# Behind a web server'], places, socket);
      }
      url = await startNginx(cleanup, (listen) =>
        adapted(config, {
          'listen 80;': `listen 127.0.0.1:${listen};`,
          ...(isHttp ? { '127.0.0.1:8000': `127.0.0.1:${port}` } : { '/run/app/app.sock': socket }),
        }),
      );
    });
    afterAll(() => cleanup.run());

    siteTests(() => url, { believesForwarded: isHttp });

    it('answers 413 where the recipe says', async () => {
      const { status } = await ask(url, '/', { 'Content-Length': '104857601' }, Buffer.alloc(1)).catch(() => ({
        status: 413,
      }));
      expect(status).toBe(413);
    });
  });

  describe('### SCGI', () => {
    const cleanup = new Cleanup();
    let url = '';
    beforeAll(async () => {
      const socket = join(openFolder(cleanup), 'app.sock');
      const args = ['serve', 'e2e/recipe-app.js', '--script-name', '/', '--bind', `scgi+unix:${socket}`];
      await startTsgi(cleanup, inject('staged'), args, socket);
      const location = adapted(recipe(PAGE, ['## nginx', '### SCGI'], 'nginx'), { '/run/app/app.sock': socket });
      url = await startNginx(
        cleanup,
        (port) => `server { listen 127.0.0.1:${port};\n client_max_body_size 100m;\n${location}}`,
      );
    });
    afterAll(() => cleanup.run());
    siteTests(() => url, { believesForwarded: false });
  });

  describe('a path that nginx has resolved', () => {
    const cleanup = new Cleanup();
    let url = '';
    beforeAll(async () => {
      const socket = join(openFolder(cleanup), 'app.sock');
      await startTsgi(
        cleanup,
        inject('staged'),
        ['serve', 'e2e/recipe-app.js', '--bind', `fcgi+unix:${socket}`],
        socket,
      );
      const locations = recipe(PAGE, ['# Behind a web server'], 'nginx');
      url = await startNginx(
        cleanup,
        (port) => `upstream app { server unix:${socket}; }\nserver { listen 127.0.0.1:${port};\n${locations}}`,
      );
    });
    afterAll(() => cleanup.run());

    it('reaches the app as nginx matched it, at the root and at a path', async () => {
      const seen = async (path: string): Promise<unknown> => JSON.parse((await ask(url, path)).text);
      expect(await seen('/admin/../x//y')).toMatchObject({ SCRIPT_NAME: '', PATH_INFO: '/x/y' });
      expect(await seen('/app/x%20y')).toMatchObject({ SCRIPT_NAME: '/app', PATH_INFO: '/x y' });
    });
  });
});

describe('Apache', () => {
  describe('### HTTP, mod_proxy_http', () => {
    const cleanup = new Cleanup();
    let url = '';
    beforeAll(async () => {
      const heading = ['## Apache httpd', '### HTTP, mod_proxy_http'];
      const port = String(await freePort());
      await startApp(cleanup, heading, { 'app.js': 'e2e/recipe-app.js', ':8000': `:${port}` });
      const directives = adapted(recipe(PAGE, heading, 'apache'), { '127.0.0.1:8000': `127.0.0.1:${port}` });
      url = await startApache(cleanup, ['proxy', 'proxy_http', 'headers'], () => directives);
    });
    afterAll(() => cleanup.run());
    siteTests(() => url, { believesForwarded: true });
  });

  describe('### FastCGI, mod_proxy_fcgi', () => {
    const cleanup = new Cleanup();
    let url = '';
    beforeAll(async () => {
      const socket = join(openFolder(cleanup), 'app.sock');
      await startApp(
        cleanup,
        ['# Behind a web server'],
        { 'app.js': 'e2e/recipe-app.js', '/run/app/app.sock': socket },
        socket,
      );
      const directives = recipe(PAGE, ['## Apache httpd', '### FastCGI, mod_proxy_fcgi'], 'apache');
      url = await startApache(cleanup, ['proxy', 'proxy_fcgi'], () =>
        adapted(directives, { '/run/app/app.sock': socket }),
      );
    });
    afterAll(() => cleanup.run());
    siteTests(() => url, { believesForwarded: false });
  });

  describe('### SCGI, mod_proxy_scgi', () => {
    const cleanup = new Cleanup();
    let url = '';
    beforeAll(async () => {
      const port = String(await freePort());
      const args = ['serve', 'e2e/recipe-app.js', '--script-name', '/', '--bind', `scgi://127.0.0.1:${port}`];
      await startTsgi(cleanup, inject('staged'), args);
      const directives = recipe(PAGE, ['## Apache httpd', '### SCGI, mod_proxy_scgi'], 'apache');
      url = await startApache(cleanup, ['proxy', 'proxy_scgi'], () =>
        adapted(directives, { '127.0.0.1:4000': `127.0.0.1:${port}` }),
      );
    });
    afterAll(() => cleanup.run());
    siteTests(() => url, { believesForwarded: false });
  });
});

describe('HAProxy', () => {
  describe.each([
    ['### HTTP', true],
    ['### FastCGI', false],
  ] as const)('%s', (heading, isHttp) => {
    const cleanup = new Cleanup();
    let url = '';
    beforeAll(async () => {
      const socket = join(openFolder(cleanup), 'app.sock');
      const appPort = String(await freePort());
      const http = recipe(PAGE, ['## HAProxy', '### HTTP'], 'haproxy');
      if (isHttp) {
        await startApp(cleanup, ['## HAProxy', heading], { 'app.js': 'e2e/recipe-app.js', ':8000': `:${appPort}` });
      } else {
        await startApp(
          cleanup,
          ['# Behind a web server'],
          { 'app.js': 'e2e/recipe-app.js', '/run/app/app.sock': socket },
          socket,
        );
      }
      url = await startHaproxy(cleanup, (port) => {
        const whole = adapted(http, { 'bind :80': `bind 127.0.0.1:${port}`, '127.0.0.1:8000': `127.0.0.1:${appPort}` });
        if (isHttp) return whole;
        // Its front is that of the other recipe, its backend its own.
        const backend = adapted(recipe(PAGE, ['## HAProxy', heading], 'haproxy'), { '/run/app/app.sock': socket });
        return `${whole.slice(0, whole.indexOf('\nbackend app') + 1)}${backend}`;
      });
    });
    afterAll(() => cleanup.run());
    siteTests(() => url, { believesForwarded: isHttp });
  });
});

describe('lighttpd', () => {
  const cleanup = new Cleanup();
  let url = '';
  beforeAll(async () => {
    const folder = openFolder(cleanup);
    const socket = join(folder, 'app.sock');
    await startApp(
      cleanup,
      ['# Behind a web server'],
      { 'app.js': 'e2e/recipe-app.js', '/run/app/app.sock': socket },
      socket,
    );
    const port = await freePort();
    const conf = `server.document-root = "${folder}"\nserver.bind = "127.0.0.1"\nserver.port = ${port}\nserver.upload-dirs = ("${folder}")\n`;
    writeFileSync(
      join(folder, 'l.conf'),
      conf + adapted(recipe(PAGE, ['## lighttpd'], 'lighttpd'), { '/run/app/app.sock': socket }),
    );
    await untilListening(port, start(cleanup, 'lighttpd', ['-D', '-f', join(folder, 'l.conf')]));
    url = `http://127.0.0.1:${port}`;
    expect(existsSync(socket)).toBe(true);
  });
  afterAll(() => cleanup.run());
  siteTests(() => url, { believesForwarded: false });
});

describe('docs/deployment.md', () => {
  const cleanup = new Cleanup();
  afterAll(() => cleanup.run());

  it('spawn-fcgi starts the app with its socket on standard input', async () => {
    const socket = join(openFolder(cleanup), 'app.sock');
    const block = recipe('deployment.md', ['## Socket activation'], '');
    const line = adapted(/^spawn-fcgi .*$/m.exec(block)?.[0] ?? '', {
      '/run/app/app.sock': socket,
      '/usr/bin/node': process.execPath,
      '/srv/app/node_modules/tsgi': join(inject('staged'), 'packages/cli'),
      '/srv/app/app.js': join(inject('staged'), 'e2e/recipe-app.js'),
    });
    const [command = '', ...args] = line.split(' ');
    const running = start(cleanup, command, args);
    await until(
      () => running.output().includes('fcgi+fd:0'),
      () => running.output(),
    );
    const url = await startNginx(cleanup, (port) => {
      return `server { listen 127.0.0.1:${port}; location / { include fastcgi_params; fastcgi_pass unix:${socket}; } }`;
    });
    expect(JSON.parse((await ask(url, '/a?b')).text)).toMatchObject({
      PATH_INFO: '/a',
      SCRIPT_NAME: '',
      QUERY_STRING: 'b',
    });
  });

  it('what the units start is a command that the command knows', async () => {
    const units = [...recipe('deployment.md', ['## As a service'], 'ini').matchAll(/^ExecStart=\S+ \S+ (.*)$/gm)];
    expect(units).toHaveLength(1);
    const words = units[0]?.[1]?.split(' ').map((word) => word.replace(/^'(.*)'$/, '$1')) ?? [];
    const running = start(cleanup, process.execPath, [
      join(inject('staged'), 'packages/cli/bin/tsgi.js'),
      ...words,
      '--print-config',
    ]);
    await until(
      () => running.child.exitCode !== null,
      () => running.output(),
    );
    // Where it listens is what the socket's unit says; `test/deploy` starts both.
    expect(running.output()).toContain('"workers": "auto"');
    expect(running.child.exitCode).toBe(0);
  });
});
