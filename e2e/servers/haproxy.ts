import { writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { type Cleanup, freePort, openFolder, start, untilListening } from './process.ts';

/** HAProxy with one backend, spoken to over FastCGI on a UNIX socket; the only front end that multiplexes and aborts. */
export async function startHaproxy(cleanup: Cleanup, socket: string, application: string): Promise<string> {
  const folder = openFolder(cleanup);
  const port = await freePort();
  writeFileSync(
    join(folder, 'haproxy.cfg'),
    `defaults
  mode http
  timeout connect 5s
  timeout client 20s
  timeout server 20s
frontend front
  bind 127.0.0.1:${port}
  default_backend back
backend back
  use-fcgi-app app
  server responder ${socket} proto fcgi
fcgi-app app
  docroot ${folder}
  ${application}
`,
  );
  const running = start(cleanup, 'haproxy', ['-db', '-f', join(folder, 'haproxy.cfg')]);
  await untilListening(port, running);
  return `http://127.0.0.1:${port}`;
}
