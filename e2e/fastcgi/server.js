// An application of ours, as a FastCGI program. /note/ID adds the id to the file NOTES; /sleep waits.
import { appendFileSync } from 'node:fs';

/** @type {import('@tsgi/core').App} */
export default async function app(environ, startResponse) {
  const body = await environ['tsgi.input'].read();
  const [, id] = /^\/note\/(\w+)$/.exec(environ.PATH_INFO) ?? [];
  if (id !== undefined) appendFileSync(process.env.NOTES ?? '', `${environ.REQUEST_METHOD} ${id}\n`);
  if (environ.PATH_INFO === '/sleep') await new Promise((resolve) => setTimeout(resolve, 200));
  startResponse('200 OK', [['Content-Type', 'text/plain']]);
  return [Buffer.from(`${process.pid} ${environ.REQUEST_METHOD} ${body.byteLength}`)];
}
