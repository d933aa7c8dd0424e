import { writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { type Cleanup, freePort, openFolder, start, untilListening } from './process.ts';

/** Caddy, which forwards everything to a FastCGI application, and sends a body whole before it reads the answer. */
export async function startCaddy(cleanup: Cleanup, application: string): Promise<string> {
  const folder = openFolder(cleanup);
  const port = await freePort();
  writeFileSync(
    join(folder, 'Caddyfile'),
    `{
  admin off
  auto_https off
  storage file_system ${folder}
}
http://127.0.0.1:${port} {
  reverse_proxy ${application} {
    transport fastcgi
  }
}
`,
  );
  const running = start(cleanup, 'caddy', ['run', '--config', join(folder, 'Caddyfile'), '--adapter', 'caddyfile']);
  await untilListening(port, running);
  return `http://127.0.0.1:${port}`;
}
