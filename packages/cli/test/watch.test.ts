import { once } from 'node:events';
import { mkdirSync, readFileSync, renameSync, rmSync, symlinkSync, writeFileSync } from 'node:fs';
import { connect } from 'node:net';
import { setTimeout as delay } from 'node:timers/promises';
import { describe, expect, it } from 'vitest';
import { exchange, folder, get, type Server, startTsgi, tsgi } from './command.ts';

const APP = `
import { text } from './lib/text.mjs';
import { createRequire } from 'node:module';
const { suffix } = createRequire(import.meta.url)('./lib/suffix.cjs');
export default async (environ, startResponse) => {
  if (environ.PATH_INFO === '/later') await import('./lib/later.mjs');
  if (environ.PATH_INFO === '/slow') await new Promise((resolve) => setTimeout(resolve, 1500));
  startResponse('200 OK', [['Content-Type', 'text/plain']]);
  return [Buffer.from(text + suffix + ' ' + process.pid)];
};
`;
const FILES = {
  'app.mjs': APP,
  'lib/text.mjs': "export const text = 'one';",
  'lib/suffix.cjs': "module.exports = { suffix: '!' };",
  'lib/later.mjs': 'export {};',
  'lib/unused.mjs': 'export {};',
};

const text = (word: string): string => `export const text = '${word}';`;

async function watched(files: Record<string, string> = FILES, flags: readonly string[] = []) {
  const cwd = folder(files);
  const server = await startTsgi(['serve', 'app.mjs', '--bind', '127.0.0.1:0', '--watch', ...flags], { cwd });
  return { cwd, server };
}

const body = async (server: Server, path = '/'): Promise<string> =>
  (await get(server.port, path)).split('\r\n\r\n')[1] ?? '';
const changes = (server: Server): string[] =>
  [...server.stderr().matchAll(/^tsgi: changed: (.*); starting again$/gm)].map(([, names = '']) => names);
const timeout = 20_000;

describe('tsgi serve --watch', () => {
  it('starts again when a file changes that the application loads, in every way in which files change', async () => {
    const { cwd, server } = await watched();
    const lib = `${cwd}/lib`;
    expect(await body(server)).toMatch(/^one! \d+$/);
    const answers = (expected: RegExp) => expect.poll(() => body(server), { timeout }).toMatch(expected);

    writeFileSync(`${lib}/text.mjs`, text('two'));
    await answers(/^two!/);
    // By rename, as editors write.
    writeFileSync(`${lib}/.text.swp`, text('three'));
    renameSync(`${lib}/.text.swp`, `${lib}/text.mjs`);
    await answers(/^three!/);
    // As vim does it by default: the old file is moved away first.
    renameSync(`${lib}/text.mjs`, `${lib}/text.mjs~`);
    writeFileSync(`${lib}/text.mjs`, text('four'));
    await answers(/^four!/);
    // What is required, and by whom it is.
    writeFileSync(`${lib}/suffix.cjs`, "module.exports = require('./mark.json');");
    writeFileSync(`${lib}/mark.json`, '{ "suffix": "?" }');
    await answers(/^four\?/);
    writeFileSync(`${lib}/mark.json`, '{ "suffix": "." }');
    await answers(/^four\./);
    // Deleted, and made again.
    rmSync(`${lib}/text.mjs`);
    await answers(/^cannot load app\.mjs: .*Cannot find module .*lib\/text\.mjs/);
    writeFileSync(`${lib}/text.mjs`, text('five'));
    await answers(/^five\./);
    // Its whole folder.
    rmSync(lib, { recursive: true });
    await answers(/^cannot load/);
    mkdirSync(lib);
    writeFileSync(`${lib}/suffix.cjs`, FILES['lib/suffix.cjs']);
    writeFileSync(`${lib}/text.mjs`, text('six'));
    await answers(/^six!/);
    // What is loaded only when it is asked for.
    writeFileSync(`${lib}/later.mjs`, 'export {};');
    await body(server, '/later');
    const before = changes(server).length;
    writeFileSync(`${lib}/later.mjs`, 'export { };');
    await expect.poll(() => changes(server).slice(before), { timeout }).toEqual(['lib/later.mjs']);
    expect(await server.stop()).toBe(0);
  }, 90_000);

  it('says in one line what has changed, once for a burst, and heeds nothing else', async () => {
    const { cwd, server } = await watched();
    const first = await body(server);
    writeFileSync(`${cwd}/lib/unused.mjs`, 'export const a = 1;');
    writeFileSync(`${cwd}/new.mjs`, 'export const a = 1;');
    writeFileSync(`${cwd}/app.log`, 'a line');
    await delay(500);
    expect([changes(server), await body(server)]).toEqual([[], first]);
    for (let count = 0; count < 20; count++) {
      writeFileSync(`${cwd}/lib/text.mjs`, text(`n${count}`));
      writeFileSync(`${cwd}/lib/suffix.cjs`, FILES['lib/suffix.cjs']);
      await delay(10);
    }
    await expect.poll(() => body(server), { timeout }).toMatch(/^n19!/);
    expect(changes(server)).toEqual(['lib/suffix.cjs, lib/text.mjs']);
    expect(server.stderr()).toMatch(/^tsgi: reloaded$/m);
    expect(await server.stop()).toBe(0);
  });

  it('refuses no connection, finishes what runs, and answers nothing with the old code after a change', async () => {
    const { cwd, server } = await watched();
    const slow = body(server, '/slow');
    await delay(200);
    const kept = connect({ host: '127.0.0.1', port: server.port });
    const keptClosed = once(kept, 'close');
    kept.write('GET / HTTP/1.1\r\nHost: a\r\n\r\n');
    await once(kept, 'data');
    const failed: unknown[] = [];
    const seen: string[] = [];
    const control = { running: true };
    const lane = async (): Promise<void> => {
      while (control.running) {
        await body(server).then(
          (answer) => seen.push(answer.split('!')[0] ?? ''),
          (error: unknown) => failed.push(error),
        );
      }
    };
    const lanes = [lane(), lane()];
    for (let round = 1; round <= 4; round++) {
      writeFileSync(`${cwd}/lib/text.mjs`, text(`v${round}`));
      await expect.poll(() => seen.at(-1), { timeout }).toBe(`v${round}`);
    }
    control.running = false;
    await Promise.all(lanes);
    expect(failed).toEqual([]);
    // Each version ends for good where the next one begins.
    expect(seen.filter((word, at) => word !== seen[at - 1])).toEqual(['one', 'v1', 'v2', 'v3', 'v4']);
    expect(await slow).toMatch(/^one!/);
    await keptClosed;
    expect(await server.stop()).toBe(0);
  }, 60_000);

  it('answers with the reason as long as the application cannot be loaded, from the start on and on every wire', async () => {
    const files = { ...FILES, 'lib/text.mjs': 'export const text = 1;\nfail();\n' };
    const { cwd, server } = await watched(files, ['--bind', 'scgi+unix:s']);
    const answer = await get(server.port, '/');
    expect(answer).toMatch(/^HTTP\/1\.1 500 /);
    expect(answer).toMatch(/cannot load app\.mjs: ReferenceError: fail is not defined \(.*lib\/text\.mjs:2:1\)/);
    expect(answer).toMatch(/ {5}2 \| fail\(\);\n {7}\| \^/);
    const page = await exchange(
      { host: '127.0.0.1', port: server.port },
      'GET / HTTP/1.1\r\nHost: a\r\nAccept: text/html\r\nConnection: close\r\n\r\n',
    );
    expect(page).toMatch(/<h1>cannot load app\.mjs: ReferenceError/);
    // What is no JavaScript runs nothing, and so has no frames: the lines are there all the same.
    writeFileSync(`${cwd}/lib/text.mjs`, "export const text = 1;\nexport const more = 'two;\n");
    await expect
      .poll(() => get(server.port, '/'), { timeout })
      .toMatch(/SyntaxError[^]* {5}2 \| export const more = 'two;\n/);
    writeFileSync(`${cwd}/lib/text.mjs`, files['lib/text.mjs']);
    await expect.poll(() => get(server.port, '/'), { timeout }).toMatch(/ReferenceError: fail/);
    const variables = 'CONTENT_LENGTH\x000\x00SCGI\x001\x00REQUEST_METHOD\x00GET\x00';
    expect(await exchange({ path: `${cwd}/s` }, `${variables.length}:${variables},`)).toMatch(
      /^Status: 500 [^]*fail is not defined/,
    );
    expect(server.stderr()).toMatch(/^tsgi: cannot load app\.mjs: ReferenceError: fail is not defined/m);
    expect(server.stderr()).not.toMatch(/reloaded/);
    writeFileSync(`${cwd}/lib/text.mjs`, text('mended'));
    await expect.poll(() => body(server), { timeout }).toMatch(/^mended!/);
    expect(await server.stop()).toBe(0);
  });

  it('waits for a change when the application ends the process while it loads, whatever its exit code', async () => {
    const { cwd, server } = await watched();
    for (const code of [3, 1]) {
      writeFileSync(`${cwd}/lib/text.mjs`, `${text('one')}\nprocess.exit(${code});`);
      await expect
        .poll(server.stderr, { timeout })
        .toMatch(/cannot load app\.mjs: it ended the process\n.*waiting for a change/);
      writeFileSync(`${cwd}/lib/text.mjs`, text(`after-${code}`));
      await expect.poll(() => body(server), { timeout }).toMatch(`after-${code}!`);
    }
    expect(await server.stop()).toBe(0);
  }, 60_000);

  it('reads the config file again, what it imports, and one that was not there', async () => {
    const cwd = folder({ ...FILES, 'part.mjs': "export const name = 'A';" });
    const server = await startTsgi(['serve', 'app.mjs', '--bind', '127.0.0.1:0', '--watch'], { cwd });
    const named = (name: string) =>
      expect
        .poll(() => get(server.port, '/').catch(String), { timeout })
        .toMatch(new RegExp(`^Server: ${name}\\r$`, 'm'));
    await named('TSGI');
    const config = "import { name } from './part.mjs'; export default { serverHeader: name };";
    writeFileSync(`${cwd}/tsgi.config.mjs`, config);
    await named('A');
    writeFileSync(`${cwd}/part.mjs`, "export const name = 'B';");
    await named('B');
    writeFileSync(`${cwd}/tsgi.config.mjs`, 'export default { scriptNam: 1 };');
    await expect
      .poll(server.stderr, { timeout })
      .toMatch(
        /not reloaded: tsgi\.config\.mjs: unknown key "scriptNam"; did you mean scriptName\?; the workers go on/,
      );
    await named('B');
    writeFileSync(`${cwd}/tsgi.config.mjs`, config.replace('name };', "name + '2' };"));
    await named('B2');
    expect(await server.stop()).toBe(0);
  }, 60_000);

  it('leaves node_modules out, and heeds a package that is linked there', async () => {
    const app = `import a from 'installed'; import b from 'linked';
export default (environ, startResponse) => { startResponse('200 OK', []); return [Buffer.from(a + b)]; };`;
    const cwd = folder({
      'site/app.mjs': app,
      'site/node_modules/installed/index.js': "module.exports = 'a1';",
      'package/index.js': "module.exports = 'b1';",
    });
    symlinkSync('../../package', `${cwd}/site/node_modules/linked`);
    const args = ['serve', 'site/app.mjs', '--bind', '127.0.0.1:0', '--watch'];
    const server = await startTsgi(args, { cwd });
    writeFileSync(`${cwd}/site/node_modules/installed/index.js`, "module.exports = 'a2';");
    await delay(500);
    expect(await body(server)).toBe('a1b1');
    writeFileSync(`${cwd}/package/index.js`, "module.exports = 'b2';");
    await expect.poll(() => body(server), { timeout }).toBe('a2b2');
    expect(changes(server)).toEqual(['package/index.js']);
    expect(await server.stop()).toBe(0);
  });

  it('restarts the threads and all workers that there are', async () => {
    const { cwd, server } = await watched(FILES, ['--threads', '2', '--workers', '2']);
    expect(await body(server)).toMatch(/^one!/);
    writeFileSync(`${cwd}/lib/text.mjs`, text('two'));
    await expect.poll(() => body(server), { timeout }).toMatch(/^two!/);
    expect(await server.stop()).toBe(0);
  });

  it('leaves no worker of an older version behind', async () => {
    const { cwd, server } = await watched();
    const before = childrenOf(server.child.pid);
    expect(before).toHaveLength(1);
    writeFileSync(`${cwd}/lib/text.mjs`, text('two'));
    await expect.poll(() => body(server), { timeout }).toMatch(/^two!/);
    await expect.poll(() => childrenOf(server.child.pid), { timeout }).toHaveLength(1);
    expect(childrenOf(server.child.pid)).not.toEqual(before);
    expect(await server.stop()).toBe(0);
  });

  it('is refused where nothing listens, and where there is no such file', async () => {
    const cwd = folder(FILES);
    const cgi = await tsgi(['serve', 'app.mjs', '--backend', 'cgi', '--watch'], { cwd });
    expect(cgi).toMatchObject({
      exitCode: 2,
      stderr: 'tsgi: --watch: cgi cannot obey it; it is for http(s), fcgi, scgi\n',
    });
    const missing = await tsgi(['serve', 'ap.mjs', '--bind', '127.0.0.1:0', '--watch'], { cwd });
    expect(missing).toMatchObject({ exitCode: 3 });
    expect(missing.stderr).toMatch(/^tsgi: cannot load ap\.mjs: there is no file .*\n$/);
  });
});

function childrenOf(pid: number | undefined): string[] {
  return readFileSync(`/proc/${pid}/task/${pid}/children`, 'utf8')
    .split(' ')
    .filter((word) => word !== '');
}
