import { existsSync, writeFileSync } from 'node:fs';
import { describe, expect, it } from 'vitest';
import { defineConfig } from '../src/config.ts';
import { exchange, folder, startTsgi, tsgi } from './command.ts';

const app = (name: string): string => `export default (environ, startResponse) => {
  startResponse('200 OK', [['Content-Type', 'text/plain']]);
  return [Buffer.from('${name}|' + environ['tsgi.multiprocess'] + '|' + process.pid)];
};`;
const CONFIG = `export default { grace: '5s', servers: {
  web: { app: './web.mjs', bind: 'http+unix:web.sock' },
  admin: { app: './admin.mjs', bind: ['http+unix:admin.sock'], grace: '1s' },
} };`;
const FILES = { 'web.mjs': app('web'), 'admin.mjs': app('admin'), 'tsgi.config.mjs': CONFIG };
const timeout = 20_000;

async function ask(cwd: string, name: string): Promise<string> {
  const path = `${cwd}/${name}.sock`;
  const answer = await exchange({ path }, 'GET / HTTP/1.1\r\nHost: a\r\nConnection: close\r\n\r\n');
  return answer.split('\r\n\r\n')[1] ?? '';
}

describe('several servers in one config file', () => {
  it('are served by one process, each with its own settings', async () => {
    const cwd = folder(FILES);
    const server = await startTsgi(['serve'], { cwd });
    const { pid } = server.child;
    expect(await ask(cwd, 'web')).toBe(`web|false|${pid}`);
    expect(await ask(cwd, 'admin')).toBe(`admin|false|${pid}`);
    expect(server.stderr()).toMatch(/serving web \(.*web\.mjs\) on http\+unix:web\.sock /);
    expect(server.stderr()).toMatch(/serving admin \(.*admin\.mjs\) on http\+unix:admin\.sock /);
    expect(await server.stop()).toBe(0);
    expect(existsSync(`${cwd}/web.sock`) || existsSync(`${cwd}/admin.sock`)).toBe(false);
    const { stdout } = await tsgi(['serve', '--print-config'], { cwd });
    expect(JSON.parse(stdout)).toMatchObject({ servers: { web: { grace: '5s' }, admin: { grace: '1s' } } });
  });

  it('have workers of their own, and a reload adds, takes away and moves them', async () => {
    const cwd = folder(FILES);
    const server = await startTsgi(['serve', '--workers', '1'], { cwd });
    await expect
      .poll(server.stderr, { timeout })
      .toMatch(/serving web [^]*serving admin|serving admin [^]*serving web/);
    const [web, admin] = [await ask(cwd, 'web'), await ask(cwd, 'admin')];
    expect([web, admin].join()).toMatch(/^web\|true\|\d+,admin\|true\|\d+$/);
    expect(web.split('|')[2]).not.toBe(admin.split('|')[2]);
    const changed = CONFIG.replace('admin.sock', 'moved.sock').replace(
      'web: {',
      "more: { app: './web.mjs', bind: 'http+unix:more.sock' }, web: {",
    );
    writeFileSync(`${cwd}/tsgi.config.mjs`, changed);
    server.child.kill('SIGHUP');
    await expect.poll(server.stderr, { timeout }).toMatch(/^tsgi: reloaded$/m);
    expect(await ask(cwd, 'moved')).toMatch(/^admin/);
    expect(await ask(cwd, 'more')).toMatch(/^web/);
    expect(existsSync(`${cwd}/admin.sock`)).toBe(false);
    writeFileSync(`${cwd}/tsgi.config.mjs`, CONFIG);
    writeFileSync(`${cwd}/admin.mjs`, 'throw new Error("a typing error");');
    server.child.kill('SIGHUP');
    await expect.poll(server.stderr, { timeout }).toMatch(/not reloaded: admin worker \d+ could not start/);
    // What cannot start goes on where it was; the others are what the file says now.
    await expect.poll(() => existsSync(`${cwd}/more.sock`), { timeout }).toBe(false);
    expect(await ask(cwd, 'moved')).toMatch(/^admin/);
    expect(await ask(cwd, 'web')).toMatch(/^web/);
    expect(await server.stop()).toBe(0);
  }, 60_000);

  it('that are added and cannot start leave the others alone; at the start nothing is half-started', async () => {
    const cwd = folder({ ...FILES, 'bad.mjs': 'throw new Error("a typing error");' });
    // The banner of the first: the other one may still be starting.
    const server = await startTsgi(['serve', '--workers', '1'], { cwd });
    const more = CONFIG.replace('web: {', "more: { app: './bad.mjs', bind: 'http+unix:more.sock' }, web: {");
    writeFileSync(`${cwd}/tsgi.config.mjs`, more);
    server.child.kill('SIGHUP');
    await expect
      .poll(server.stderr, { timeout })
      .toMatch(/not reloaded: more cannot start; the workers of the others go on/);
    expect(server.stderr()).not.toMatch(/ended the process/);
    await expect.poll(() => ask(cwd, 'web').catch(String), { timeout }).toMatch(/^web/);
    await expect.poll(() => existsSync(`${cwd}/more.sock`), { timeout }).toBe(false);
    expect(await server.stop()).toBe(0);
    for (const flags of [[], ['--workers', '1']]) {
      const { exitCode, stderr } = await tsgi(['serve', ...flags], { cwd });
      expect(exitCode).toBe(3);
      expect(stderr).toMatch(/cannot load .*bad\.mjs: Error: a typing error/);
      expect(['web', 'admin', 'more'].filter((name) => existsSync(`${cwd}/${name}.sock`))).toEqual([]);
    }
  }, 60_000);

  it('have a port each where the system chooses it', async () => {
    const cwd = folder(FILES);
    const server = await startTsgi(['serve', '--bind', '127.0.0.1:0', '--workers', '1'], { cwd });
    const ports = (): string[] =>
      [...server.stderr().matchAll(/serving (web|admin) .* on http:\/\/127\.0\.0\.1:(\d+)/g)].map(
        ([, name, port]) => `${name} ${port}`,
      );
    await expect.poll(() => ports().length, { timeout }).toBe(2);
    for (const found of ports()) {
      const [name, port] = found.split(' ');
      expect(await (await fetch(`http://127.0.0.1:${port}/`)).text()).toMatch(new RegExp(`^${name}\\|`));
    }
    expect(new Set(ports().map((found) => found.split(' ')[1])).size).toBe(2);
    expect(await server.stop()).toBe(0);
  }, 60_000);

  it('are chosen by --server', async () => {
    const cwd = folder(FILES);
    const server = await startTsgi(['serve', '--server', 'admin'], { cwd });
    expect(server.addresses).toEqual(['http+unix:admin.sock']);
    expect(await server.stop()).toBe(0);
    const one = await startTsgi(['serve', 'web.mjs', '--server', 'admin', '--workers', '1'], { cwd });
    expect(await ask(cwd, 'admin')).toMatch(/^web/);
    expect(await one.stop()).toBe(0);
  });

  it('are all checked by --check-config, each by itself', async () => {
    const cwd = folder({ ...FILES, 'bad.mjs': 'throw new Error("a typing error");' });
    const good = await tsgi(['serve', '--check-config'], { cwd });
    expect(good.stderr).toMatch(
      /^tsgi: web \(.*web\.mjs\) can be served so\ntsgi: admin \(.*admin\.mjs\) can be served so\n$/,
    );
    expect(good.exitCode).toBe(0);
    writeFileSync(`${cwd}/tsgi.config.mjs`, CONFIG.replace('./web.mjs', './bad.mjs'));
    const bad = await tsgi(['serve', '--check-config'], { cwd });
    expect(bad.stderr).toMatch(/^tsgi: cannot load .*bad\.mjs: .*\ntsgi: admin .* can be served so\n$/);
    expect(bad.exitCode).toBe(3);
  });

  it.each<[string, string[], RegExp]>([
    ['{}', [], /servers: expected a server, found none/],
    ['[]', [], /servers: expected an object with a server under each name, found \[\]/],
    ['{ "a b": {} }', [], /expected a name of letters, digits, dots and dashes, found "a b"/],
    ['{ "web": 3 }', [], /servers\.web: expected an object with its settings, found 3/],
    ['{ "web": { "bnd": ":1" } }', [], /servers\.web: unknown key "bnd"; did you mean bind\?/],
    ['{ "web": { "grace": "x" } }', [], /servers\.web\.grace: expected a duration/],
    ['{ "web": { "bind": ":1" } }', [], /^tsgi: web: expected an application, as in app: '\.\/app\.js'\n/],
    [
      '{ "web": { "app": "a" }, "wob": { "app": "b" } }',
      [],
      /web and wob both listen on 127\.0\.0\.1:8000; choose another/,
    ],
    [
      '{ "web": { "app": "a", "bind": ["unix:x", "scgi+unix:./x"] }, "wob": { "app": "b" } }',
      [],
      /web listens on unix:.*\/x twice/,
    ],
    [
      '{ "web": { "app": "a", "bind": ":0" }, "wob": { "app": "b", "bind": ":0", "umask": "027" } }',
      [],
      /servers\.wob\.umask: it is one for all servers: web has none, wob has 027/,
    ],
    [
      '{ "web": { "app": "a" }, "wob": { "app": "b" } }',
      ['--backend', 'cgi'],
      /web: a CGI program serves one application; choose it with --server/,
    ],
    [
      '{ "web": {}, "admin": {} }',
      ['--server', 'wbe'],
      /--server wbe: expected web, admin, the servers of tsgi\.config\.json; did you mean web\?/,
    ],
    [
      '{ "web": {}, "admin": {} }',
      ['app.mjs'],
      /unexpected argument "app\.mjs": tsgi\.config\.json has an application for each of web, admin/,
    ],
  ])('%s %j is refused by name', async (servers, flags, line) => {
    const { exitCode, stderr } = await tsgi(['serve', ...flags], {
      cwd: folder({ 'tsgi.config.json': `{"servers": ${servers}}` }),
    });
    expect(stderr).toMatch(line);
    expect(stderr.trimEnd().split('\n')).toHaveLength(1);
    expect(exitCode).toBe(2);
  });

  it('--server without such a file is refused', async () => {
    const { exitCode, stderr } = await tsgi(['serve', 'app.mjs', '--server', 'web'], { cwd: folder() });
    expect([exitCode, stderr]).toEqual([2, 'tsgi: --server web: expected a config file with servers, found none\n']);
  });

  it('are checked by the compiler', () => {
    const config = {
      grace: '5s',
      servers: { web: { app: './web.js', bind: ':80' }, admin: { app: './admin.js', grace: 1 } },
    };
    expect(defineConfig(config)).toBe(config);
    // @ts-expect-error a server has no servers
    expect(defineConfig({ servers: { web: { servers: {} } } })).toBeDefined();
  });
});
