// The application of every host: says who it is after 100 ms, and writes down each request that it has begun, in a file beside the
// marks that slow it down. `HOST_FOLDER` is that folder.
import { appendFileSync, existsSync } from 'node:fs';
import { join } from 'node:path';
import { setTimeout as delay } from 'node:timers/promises';

const folder = process.env.HOST_FOLDER ?? '.';
const host = process.env.HOST_NAME ?? '';

export default async function app(environ, startResponse) {
  appendFileSync(join(folder, 'begun'), `${environ.REQUEST_METHOD} ${environ.QUERY_STRING}\n`);
  if (environ.REQUEST_METHOD === 'POST') await environ['tsgi.input'].read();
  await delay(existsSync(join(folder, 'slow')) ? 1000 : 100);
  startResponse('200 OK', [['Content-Type', 'text/plain']]);
  return [Buffer.from(host)];
}
