// The servers that are compared: what each needs, and how it is started.
import { execFileSync } from 'node:child_process';
import { existsSync } from 'node:fs';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { caddy, nginx, phpFpm } from './front-ends.js';
import { PEERS } from './peers.js';

const here = (file) => fileURLToPath(new URL(`../${file}`, import.meta.url));
const TSGI = here('../packages/cli/bin/tsgi.js');
export const SERVERS_FOLDER = here('servers');

/** Compiled once a run. */
function compiled(scratch, name, compile) {
  const program = join(scratch, name);
  if (!existsSync(program)) compile(program);
  return program;
}

export function goProgram(scratch) {
  return compiled(scratch, 'go-server', (program) =>
    execFileSync('go', ['build', '-o', program, '.'], { cwd: here('servers/go'), stdio: 'ignore' }),
  );
}

function cProgram(scratch) {
  return compiled(scratch, 'libfcgi-server', (program) =>
    execFileSync('gcc', ['-O2', '-o', program, here('servers/libfcgi.c'), '-lfcgi']),
  );
}

// Of each: `needs` of peers.js; `start({ node, address, scratch, folder, file, behind })` gives a command, or a command and more of the
// environment. The address is a port, or the path of a UNIX socket; `folder` is its own; `file` what is sent of files; `behind` the socket of php-fpm. `front`
// says how nginx stands before it, if the work does not say it.

const byNode = (file, ...args) => ({
  needs: [],
  start: ({ node, address }) => [node, here(file), ...args, String(address)],
});
const go = (wire) => ({ needs: ['go'], start: ({ scratch, address }) => [goProgram(scratch), wire, String(address)] });
const framework = (name, front) => ({ ...byNode('frameworks-server.js', name), front });

function tsgi(words, wire = 'http') {
  return {
    needs: [],
    start({ node, address, folder, behind }) {
      const bind = typeof address === 'number' ? `127.0.0.1:${address}` : `${wire}+unix:${address}`;
      return [node, TSGI, ...words({ folder, behind }), '--bind', bind];
    },
  };
}
const serve = (...flags) => tsgi(() => ['serve', here('servers/app.js'), ...flags]);
const gateway = (...flags) =>
  tsgi(({ behind }) => ['gateway', '--to', `fcgi+unix:${behind}`, '--root', SERVERS_FOLDER, ...flags]);
const logged = (format) =>
  tsgi(({ folder }) => [
    'serve',
    here('servers/app.js'),
    '--access-log',
    format,
    '--access-log-file',
    join(folder, 'access.log'),
  ]);

function uwsgi(protocol) {
  const flags = ['--master', '--processes', '1', '--disable-logging', '--listen', '1024', '--die-on-term'];
  return {
    needs: ['uwsgi'],
    start: ({ address }) => ({
      command: [
        PEERS.uwsgi.path,
        '--plugins-dir',
        '/usr/lib/uwsgi/plugins',
        '--plugin',
        'python3',
        `--${protocol}-socket`,
        String(address),
        '--wsgi-file',
        here('servers/wsgi.py'),
        ...flags,
      ],
    }),
  };
}

const PHP = `include /etc/nginx/fastcgi_params; fastcgi_param SCRIPT_FILENAME ${SERVERS_FOLDER}$fastcgi_script_name;`;
const nginxGateway = (isKept) => ({
  needs: ['nginx', 'php-fpm'],
  start: ({ address, folder, behind }) =>
    nginx(folder, address, {
      upstream: `server unix:${behind}; ${isKept ? 'keepalive 64; keepalive_requests 100000000;' : ''}`,
      location: `${PHP} ${isKept ? 'fastcgi_keep_conn on;' : ''} fastcgi_pass app;`,
    }),
});

export const SERVERS = {
  'tsgi http': byNode('servers/tsgi.js', 'http'),
  'tsgi serve': serve(),
  'tsgi serve --validate': serve('--validate'),
  'tsgi serve --access-log combined': logged('combined'),
  'tsgi serve --access-log json': logged('json'),
  'tsgi serve --metrics': serve('--metrics', '0'),
  'tsgi serve --threads 1': serve('--threads', '1'),
  'tsgi serve --workers 1': serve('--workers', '1'),
  'tsgi serve --workers 2': serve('--workers', '2'),
  'node:http': byNode('servers/node-http.js'),
  'node:net, parses nothing': byNode('servers/raw-http.js'),
  'Go net/http': go('http'),
  'Bun.serve': { needs: ['bun'], start: ({ address }) => [PEERS.bun.path, here('servers/bun.js'), String(address)] },
  'Deno.serve': {
    needs: ['deno'],
    start: ({ address }) => ({
      command: [PEERS.deno.path, 'run', '--no-config', '--allow-net', here('servers/deno.js'), String(address)],
      env: { DENO_NO_UPDATE_CHECK: '1', NO_COLOR: '1' },
    }),
  },
  nginx: {
    needs: ['nginx'],
    start: ({ address, folder, file = '/dev/null' }) =>
      nginx(folder, address, {
        location: `return 200 'Hello, world!';`,
        more: `location ~ ^/file/ { alias ${file}; }`,
      }),
  },
  'Hono, node-server': framework('hono-node-server'),
  'Hono, node-server without globals': framework('hono-node-server-no-globals'),
  'Hono, srvx': framework('hono-srvx'),
  'Hono, tsgi': framework('hono-tsgi'),
  'Hono, tsgi, native request': framework('hono-tsgi-native-request'),
  'Hono, tsgi, light Response': framework('hono-tsgi-light-response'),
  'Express, node:http': framework('express-node'),
  'Express, tsgi': framework('express-tsgi'),
  'Koa, node:http': framework('koa-node'),
  'Koa, tsgi': framework('koa-tsgi'),
  'Fastify, its listen': framework('fastify-node'),
  'Fastify, tsgi': framework('fastify-tsgi'),
  'Express, node:http behind nginx': framework('express-node-behind', 'http kept'),
  'Express, tsgi fcgi behind nginx': framework('express-tsgi-fcgi', 'fcgi kept'),
  'tsgi fcgi': byNode('servers/tsgi.js', 'fcgi'),
  'Go net/http/fcgi': go('fcgi'),
  'libfcgi, C': { needs: ['gcc', 'libfcgi'], start: ({ scratch, address }) => [cProgram(scratch), address] },
  'php-fpm': { needs: ['php-fpm'], start: ({ folder, address }) => phpFpm(folder, address) },
  'node-fastcgi': { ...byNode('servers/node-fastcgi.cjs'), needs: ['node-fastcgi'] },
  'uWSGI fastcgi': uwsgi('fastcgi'),
  'tsgi scgi': byNode('servers/tsgi.js', 'scgi'),
  'node:net, parses nothing (SCGI)': byNode('servers/raw-scgi.js'),
  'uWSGI scgi': uwsgi('scgi'),
  'nginx before php-fpm': nginxGateway(false),
  'nginx before php-fpm, kept connections': nginxGateway(true),
  'Caddy before php-fpm': {
    needs: ['caddy', 'php-fpm'],
    start: ({ address, folder, behind }) => caddy(folder, address, SERVERS_FOLDER, behind),
  },
  'tsgi gateway before php-fpm': gateway(),
  'tsgi gateway --pool 0 before php-fpm': gateway('--pool', '0'),
};
