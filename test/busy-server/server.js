// Serves over every wire that listens, with short times, and says over IPC where.
import { serve as serveFcgi } from '../../packages/fcgi-backend/dist/index.js';
import { serve as serveHttp } from '../../packages/http-backend/dist/index.js';
import { serve as serveScgi } from '../../packages/scgi-backend/dist/index.js';

const app = async (environ, startResponse) => {
  if (environ.PATH_INFO === '/compute') {
    process.send('computing');
    for (const end = performance.now() + 3000; performance.now() < end;);
  }
  const body = await environ['tsgi.input'].read();
  startResponse('200 OK', [['Content-Type', 'text/plain']]);
  return [Buffer.from(`got ${body.byteLength}`)];
};

const TIME = 2000;
const times = { headersTimeout: TIME, requestTimeout: TIME, keepAliveTimeout: TIME, sendTimeout: TIME };
const { keepAliveTimeout: _none, ...ofScgi } = times;
const errors = () => {};
const servers = await Promise.all([
  serveHttp(app, { port: 0, errors, ...times }),
  serveFcgi(app, { port: 0, errors, ...times }),
  serveScgi(app, { port: 0, errors, ...ofScgi }),
]);
process.send(servers.map(({ port }) => port));
