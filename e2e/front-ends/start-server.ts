import { mkdirSync, readFileSync, symlinkSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { type Cleanup, start, untilListening } from '../servers/process.ts';
import type { Site } from '../servers/site.ts';

/** A web server of the package list, with one recipe where its first line says it goes. */
interface WebServer {
  /** Ending of the name of its recipes. */
  readonly extension: string;
  /** Writes what is needed, and gives the command. */
  prepare(site: Site, recipe: string): readonly string[];
}

/** Debian’s own file with this host's places. */
function installed(path: string, replaced: readonly (readonly [RegExp, string])[]): string {
  let text = readFileSync(path, 'utf8');
  for (const [place, instead] of replaced) {
    if (!place.test(text)) throw new Error(`${path} does not mention ${String(place)}`);
    text = text.replace(place, instead);
  }
  return text;
}

const webServers: Readonly<Record<string, WebServer>> = {
  nginx: {
    extension: 'conf',
    prepare(site, recipe) {
      const { folder } = site;
      writeFileSync(join(folder, 'app.conf'), recipe);
      for (const name of ['fastcgi_params', 'scgi_params', 'proxy_params'])
        symlinkSync(`/etc/nginx/${name}`, join(folder, name));
      const main = installed('/etc/nginx/nginx.conf', [
        [/\/run\/nginx\.pid/, `${folder}/nginx.pid`],
        [/worker_processes auto;/, 'worker_processes 1; daemon off;'],
        [/error_log \S+;/, `error_log ${folder}/log/error.log info;`],
        [/access_log \S+;/, 'access_log off;'],
        [/include \/etc\/nginx\/conf\.d\/\*\.conf;/, `include ${folder}/app.conf;`],
        [/include \/etc\/nginx\/sites-enabled\/\*;/, temporaryFolders(`${folder}/tmp`)],
      ]);
      writeFileSync(join(folder, 'nginx.conf'), main);
      return ['nginx', '-c', join(folder, 'nginx.conf'), '-e', join(folder, 'log/error.log')];
    },
  },

  apache: {
    extension: 'conf',
    prepare(site, recipe) {
      const { folder } = site;
      const root = join(folder, 'apache2');
      for (const path of ['mods-enabled', 'sites-enabled', 'conf-enabled', 'run/socks']) {
        mkdirSync(join(root, path), { recursive: true });
      }
      // What Debian enables by itself, and what the recipe tells its reader to.
      const told = /^# {3}a2enmod (.*)$/m.exec(recipe)?.[1]?.split(' ') ?? [];
      const mpm = told.some((name) => name.startsWith('mpm_')) ? [] : ['mpm_event'];
      const usual = ['authz_core', 'authz_host', 'alias', 'dir', 'env', 'mime', 'autoindex', 'reqtimeout', 'setenvif'];
      const withThem = told.includes('ssl') ? ['socache_shmcb'] : [];
      for (const name of new Set([...mpm, ...usual, ...withThem, ...told, ...told.flatMap(needs)])) {
        for (const kind of ['load', 'conf']) {
          const file = `/etc/apache2/mods-available/${name}.${kind}`;
          if (exists(file)) symlinkSync(file, join(root, 'mods-enabled', `${name}.${kind}`));
          else if (kind === 'load') throw new Error(`a2enmod ${name}: there is no ${file}`);
        }
      }
      writeFileSync(join(root, 'ports.conf'), `Listen ${site.port(80)}\nListen ${site.port(443)}\n`);
      writeFileSync(join(root, 'sites-enabled/app.conf'), recipe);
      writeFileSync(
        join(root, 'apache2.conf'),
        `ServerRoot ${root}\n${readFileSync('/etc/apache2/apache2.conf', 'utf8')}\nLogLevel info\n`,
      );
      return ['apache2', '-f', join(root, 'apache2.conf'), '-D', 'FOREGROUND'];
    },
  },

  lighttpd: {
    extension: 'conf',
    prepare(site, recipe) {
      const { folder } = site;
      writeFileSync(join(folder, 'app.conf'), recipe);
      const main = installed('/etc/lighttpd/lighttpd.conf', [
        [/"\/var\/www\/html"/, `"${folder}/www"`],
        [/"\/var\/cache\/lighttpd\/uploads"/, `"${folder}/tmp"`],
        [/"\/var\/log\/lighttpd\/error\.log"/, `"${folder}/log/error.log"`],
        [/"\/run\/lighttpd\.pid"/, `"${folder}/lighttpd.pid"`],
        [/server\.port( +)= 80/, `server.port = ${site.port(80)}`],
        [/"\/etc\/lighttpd\/conf-enabled\/\*\.conf"/, `"${folder}/app.conf"`],
      ]);
      writeFileSync(join(folder, 'lighttpd.conf'), main);
      return ['lighttpd', '-D', '-f', join(folder, 'lighttpd.conf')];
    },
  },

  haproxy: {
    extension: 'cfg',
    prepare({ folder }, recipe) {
      writeFileSync(join(folder, 'haproxy.cfg'), recipe);
      return ['haproxy', '-db', '-f', join(folder, 'haproxy.cfg')];
    },
  },

  caddy: {
    extension: 'Caddyfile',
    prepare(site, recipe) {
      const { folder } = site;
      // The ports of a Caddyfile are not in it; all else is the recipe.
      const options = `{
  http_port ${site.port(80)}
  https_port ${site.port(443)}
  admin off
  storage file_system ${folder}/tmp
}\n`;
      writeFileSync(join(folder, 'Caddyfile'), options + recipe);
      return ['caddy', 'run', '--config', join(folder, 'Caddyfile'), '--adapter', 'caddyfile'];
    },
  },

  h2o: {
    extension: 'conf',
    prepare({ folder }, recipe) {
      writeFileSync(join(folder, 'h2o.conf'), recipe);
      return ['h2o', '-c', join(folder, 'h2o.conf')];
    },
  },
};

function temporaryFolders(folder: string): string {
  const kinds = ['client_body', 'proxy', 'fastcgi', 'uwsgi', 'scgi'];
  return kinds.map((kind) => `${kind}_temp_path ${folder}/${kind};`).join(' ');
}

/** What a2enmod enables beside what it is told. */
function needs(module: string): string[] {
  const found = /^# Depends: (.*)$/m.exec(readFileSync(`/etc/apache2/mods-available/${module}.load`, 'utf8'));
  return found?.[1]?.split(/[ ,]+/) ?? [];
}

function exists(path: string): boolean {
  try {
    readFileSync(path);
    return true;
  } catch {
    return false;
  }
}

export function extensionOf(server: string): string {
  return webServers[server]?.extension ?? '';
}

/** Starts a web server; `recipe` has the site's places already. Gives what it has written into its logs. */
export async function startServer(cleanup: Cleanup, server: string, site: Site, recipe: string): Promise<() => string> {
  const [command = '', ...args] = webServers[server]?.prepare(site, recipe) ?? [];
  const { folder } = site;
  // What /etc/apache2/envvars sets.
  const user = process.getuid?.() === 0 ? 'www-data' : (process.env['USER'] ?? 'www-data');
  const env = {
    PATH: '/usr/local/sbin:/usr/local/bin:/usr/sbin:/usr/bin:/sbin:/bin',
    LANG: 'C',
    APACHE_RUN_USER: user,
    APACHE_RUN_GROUP: user,
    APACHE_PID_FILE: `${folder}/apache2/run/apache2.pid`,
    APACHE_RUN_DIR: `${folder}/apache2/run`,
    APACHE_LOCK_DIR: `${folder}/apache2/run`,
    APACHE_LOG_DIR: `${folder}/log`,
    HOME: folder,
  };
  // Apache with mpm_prefork ends its whole process group.
  const running = start(cleanup, command, args, { cwd: folder, env, detached: true });
  const log = (): string => {
    const file = join(folder, 'log/error.log');
    return `${running.output()}${exists(file) ? readFileSync(file, 'utf8') : ''}`;
  };
  await untilListening(site.port(80), { ...running, output: log });
  return log;
}
