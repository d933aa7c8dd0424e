import { readFileSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { type Cleanup, freePort, openFolder, start, untilListening } from './process.ts';

/** What a test changes of an nginx that forwards everything. */
export interface NginxOptions {
  /** Directives of the `http` block: upstreams. */
  http?: string;
  /** Directives of the one `location /`. */
  location: string;
}

/** A running nginx. */
export interface Nginx {
  url: string;
  /** What its error log holds now. */
  errorLog(): string;
}

export async function startNginx(cleanup: Cleanup, options: NginxOptions): Promise<Nginx> {
  const folder = openFolder(cleanup);
  const port = await freePort();
  const user = process.getuid?.() === 0 ? 'user root;' : '';
  const temporary = ['client_body', 'proxy', 'fastcgi', 'uwsgi', 'scgi'].map((name) => `${name}_temp_path ${folder};`);
  writeFileSync(
    join(folder, 'nginx.conf'),
    `worker_processes 1; daemon off; pid ${folder}/nginx.pid; error_log ${folder}/error.log info; ${user}
    events { worker_connections 256; }
    http {
      access_log off; client_max_body_size 16m; ${temporary.join(' ')}
      ${options.http ?? ''}
      server { listen 127.0.0.1:${port}; location / { ${options.location} } }
    }`,
  );
  const running = start(cleanup, 'nginx', ['-c', join(folder, 'nginx.conf'), '-e', join(folder, 'error.log')]);
  await untilListening(port, running);
  return { url: `http://127.0.0.1:${port}`, errorLog: () => readFileSync(join(folder, 'error.log'), 'utf8') };
}
