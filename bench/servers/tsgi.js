// The application of the comparisons over one wire: node tsgi.js http PORT | fcgi SOCKET | scgi SOCKET
import { app } from './app.js';

const [wire, address] = process.argv.slice(2);
/** Each loads its own wire only. */
const backends = {
  http: () => import('@tsgi/http-backend'),
  fcgi: () => import('@tsgi/fcgi-backend'),
  scgi: () => import('@tsgi/scgi-backend'),
};
const { serve } = await backends[wire]();
await serve(app, wire === 'http' ? { port: Number(address) } : { path: address });
