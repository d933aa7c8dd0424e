import { execFileSync } from 'node:child_process';
import { chmodSync, cpSync, mkdirSync, readFileSync, symlinkSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { type Cleanup, freePort, openFolder, start, until } from './process.ts';

/** A host of a test: what a recipe has below `/` is in its folder, its ports are free ones. */
export interface Site {
  readonly folder: string;
  /** The folder of the application, `/srv/app`. */
  readonly app: string;
  /** The port of a recipe here. */
  port(standard: number): number;
  /** The text of a recipe with the places of this host: the one way in which a test changes a recipe. */
  at(text: string): string;
}

const command = new URL('../../packages/cli/bin/tsgi.js', import.meta.url).pathname;

/** Ports that recipes name. */
const PORTS = [80, 443, 3000, 4000, 8000, 9000, 9001];

/**
 * `/run/app`, `/srv/app`, `/srv/www`, `/home/you`, the two files of TLS, `/usr/bin/node` and the ports above are replaced,
 * nothing else; `examples/deploy/README.md` says so.
 */
export async function makeSite(cleanup: Cleanup, staged: string): Promise<Site> {
  const folder = openFolder(cleanup);
  const at = (path: string): string => join(folder, path);
  for (const path of ['run', 'app', 'www', 'home', 'home/public_html', 'log', 'tmp']) {
    mkdirSync(at(path));
    chmodSync(at(path), 0o777);
  }
  mkdirSync(at('app/node_modules'));
  symlinkSync(join(staged, 'packages/cli'), at('app/node_modules/tsgi'));
  writeFileSync(at('app/package.json'), '{ "type": "module" }');
  cpSync(join(staged, 'e2e/front-ends/app.js'), at('app/app.js'));
  writeFileSync(at('tls.key'), certificate().key, { mode: 0o644 });
  writeFileSync(at('tls.pem'), certificate().pem);
  writeFileSync(at('tls-both.pem'), certificate().pem + certificate().key);
  const ports = new Map<number, number>();
  for (const standard of PORTS) ports.set(standard, await freePort());
  const port = (standard: number): number => ports.get(standard) ?? standard;
  const places: [string, string][] = [
    ['/run/app', at('run')],
    ['/srv/app', at('app')],
    ['/srv/www', at('www')],
    ['/home/you', at('home')],
    ['/etc/ssl/certs/app.pem', at('tls.pem')],
    ['/etc/ssl/private/app.key', at('tls.key')],
    ['/etc/ssl/private/app-with-key.pem', at('tls-both.pem')],
    ['/usr/bin/node', process.execPath],
  ];
  const replaced = (text: string): string => {
    let changed = text.replaceAll(/(?<![\w./])(?:80|443|3000|4000|8000|9000|9001)(?![\w.])/g, (found) =>
      String(port(Number(found))),
    );
    for (const [place, instead] of places) changed = changed.replaceAll(place, instead);
    // Only root may give a socket to another group.
    return process.getuid?.() === 0 ? changed : changed.replaceAll(/mode=660&group=[\w-]+/g, 'mode=666');
  };
  cpSync(join(staged, 'examples/authorizer.js'), at('app/authorizer.js'));
  writeFileSync(at('app/app.fcgi'), replaced(recipeText('app.fcgi')));
  return { folder, app: at('app'), port, at: replaced };
}

let made: { key: string; pem: string } | undefined;

/** Made once: an EC key takes no time, an RSA key does. */
function certificate(): { key: string; pem: string } {
  if (made !== undefined) return made;
  const args = ['req', '-x509', '-newkey', 'ec', '-pkeyopt', 'ec_paramgen_curve:prime256v1', '-nodes', '-days', '2'];
  const text = execFileSync(
    'openssl',
    [...args, '-subj', '/CN=example.org', '-addext', 'subjectAltName=DNS:example.org', '-keyout', '-', '-out', '-'],
    { encoding: 'utf8', stdio: ['ignore', 'pipe', 'ignore'] },
  );
  const [key = '', pem = ''] = text.split(/(?=-----BEGIN CERTIFICATE)/);
  return (made = { key, pem });
}

/** The text of `examples/deploy/…`. */
export function recipeText(path: string): string {
  return readFileSync(new URL(`../../examples/deploy/${path}`, import.meta.url), 'utf8');
}

/** Lines of a recipe's head that a person types: `#   tsgi serve …`. */
export function commandsOf(text: string): string[] {
  const lines = [...text.matchAll(/^# {3}((?:npx )?tsgi |spawn-fcgi |a2enmod |chmod )(.*)$/gm)];
  return lines.map(([, word = '', rest = '']) => `${word}${rest}`);
}

function words(line: string): string[] {
  return [...line.matchAll(/'([^']*)'|(\S+)/g)].map(([, quoted, plain]) => quoted ?? plain ?? '');
}

/**
 * Does what the head of a recipe says: starts the applications, makes the files. `more` are flags for `tsgi serve`.
 */
export async function obey(
  cleanup: Cleanup,
  site: Site,
  text: string,
  more: readonly string[] = [],
): Promise<() => string> {
  const tsgi = join(site.app, 'node_modules/tsgi/bin/tsgi.js');
  const outputs: (() => string)[] = [];
  for (const line of commandsOf(text)) {
    const [program = '', ...args] = words(site.at(line.replace(/^npx /, '')));
    if (program === 'chmod') chmodSync(args[1] ?? '', args[0] === '+x' ? 0o755 : Number.parseInt(args[0] ?? '', 8));
    else if (program === 'tsgi' && args[0] === 'serve') {
      const flags = args[1] === 'app.js' ? more : [];
      const running = start(cleanup, process.execPath, [tsgi, ...args, ...flags], { cwd: site.app });
      outputs.push(running.output);
      await until(() => /serving .* on /.test(running.output()) || running.child.exitCode !== null, running.output);
      if (running.child.exitCode !== null) throw new Error(`${line}: ${running.output()}`);
    } else if (program === 'tsgi') {
      // What bundles is not in the copy of the build.
      execFileSync(process.execPath, [command, ...args], { cwd: site.app, stdio: 'pipe' });
    } else if (program === 'spawn-fcgi') {
      const running = start(cleanup, program, ['-n', ...args], { cwd: site.app });
      outputs.push(running.output);
      await until(() => running.output().includes('fcgi+fd:0'), running.output);
    }
  }
  return () => outputs.map((output) => output()).join('');
}
