// nginx, Caddy and php-fpm, each by a configuration of its own in the scratch folder.
import { mkdirSync, writeFileSync } from 'node:fs';
import { userInfo } from 'node:os';
import { join } from 'node:path';
import { PEERS } from './peers.js';

const isRoot = userInfo().uid === 0;

function written(folder, name, text) {
  mkdirSync(folder, { recursive: true });
  const file = join(folder, name);
  writeFileSync(file, text);
  return file;
}

/**
 * @param options.location what stands in `location /`; options.upstream: in the upstream `app`, if there is one.
 * @returns the command.
 */
export function nginx(folder, port, { location, upstream, more = '' }) {
  const places = ['client_body', 'fastcgi', 'scgi', 'proxy', 'uwsgi'].map((name) => `${name}_temp_path ${folder};`);
  const text = `worker_processes 1; daemon off; pid ${folder}/nginx.pid; error_log ${folder}/error.log;
${isRoot ? 'user root;' : ''} worker_rlimit_nofile 20000;
events { worker_connections 16384; }
http {
  access_log off; keepalive_requests 100000000; default_type text/plain; sendfile on; ${places.join(' ')}
  ${upstream === undefined ? '' : `upstream app { ${upstream} }`}
  server { listen 127.0.0.1:${port} backlog=4096; ${more} location / { ${location} } }
}
`;
  return [PEERS.nginx.path, '-p', folder, '-c', written(folder, 'nginx.conf', text)];
}

/** FastCGI's connections are many times as many as the processes of others: each of php-fpm serves one. */
export const PHP_PROCESSES = 40;

export function phpFpm(folder, socket) {
  const text = `[global]
error_log = ${folder}/error.log
[www]
listen = ${socket}
listen.mode = 0666
listen.backlog = 4096
${isRoot ? 'user = root\ngroup = root' : ''}
pm = static
pm.max_children = ${PHP_PROCESSES}
`;
  return [PEERS['php-fpm'].path, '-F', '-n', '-R', '-y', written(folder, 'fpm.conf', text)];
}

export function caddy(folder, port, root, socket) {
  const text = `{
  admin off
  auto_https off
  log {
    level ERROR
  }
}
http://127.0.0.1:${port} {
  root * ${root}
  php_fastcgi unix/${socket}
}
`;
  return {
    command: [PEERS.caddy.path, 'run', '--adapter', 'caddyfile', '--config', written(folder, 'Caddyfile', text)],
    env: { HOME: folder, XDG_DATA_HOME: folder, XDG_CONFIG_HOME: folder },
  };
}
