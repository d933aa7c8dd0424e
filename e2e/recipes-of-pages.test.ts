import { symlinkSync, writeFileSync } from 'node:fs';
import { once } from 'node:events';
import { request } from 'node:http';
import { join } from 'node:path';
import { json } from 'node:stream/consumers';
import { afterAll, beforeAll, describe, expect, inject, it } from 'vitest';
import { Cleanup, freePort, openFolder, start, until, untilListening } from './servers/process.ts';
import { adapted, recipe } from './servers/recipe.ts';
import { startTsgi } from './servers/tsgi.ts';

const PAGE = 'behind-a-web-server.md';

/** What the application saw of a path, byte by byte as given: `fetch` would resolve dot segments. */
async function seen(url: string, path: string): Promise<unknown> {
  const sent = request(url, { path, headers: { Host: 'example.org' }, agent: false }).end();
  const [answer] = await once(sent, 'response');
  return json(answer);
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

describe('a path that nginx has resolved', () => {
  const cleanup = new Cleanup();
  let url = '';
  beforeAll(async () => {
    const socket = join(openFolder(cleanup), 'app.sock');
    await startTsgi(cleanup, inject('staged'), ['serve', 'e2e/recipe-app.js', '--bind', `fcgi+unix:${socket}`], socket);
    const locations = recipe(PAGE, ['# Behind a web server'], 'nginx');
    url = await startNginx(
      cleanup,
      (port) => `upstream app { server unix:${socket}; }\nserver { listen 127.0.0.1:${port};\n${locations}}`,
    );
  });
  afterAll(() => cleanup.run());

  it('reaches the app as nginx matched it, at the root and at a path', async () => {
    expect(await seen(url, '/admin/../x//y')).toMatchObject({ SCRIPT_NAME: '', PATH_INFO: '/x/y' });
    expect(await seen(url, '/app/x%20y')).toMatchObject({ SCRIPT_NAME: '/app', PATH_INFO: '/x y' });
  });
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
    expect(await seen(url, '/a?b')).toMatchObject({
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
