// The application of the comparisons over one wire: node tsgi.js http PORT | fcgi SOCKET | scgi SOCKET
import { app } from './app.js';

const [wire, address] = process.argv.slice(2);
const { serve } = await import(`@tsgi/${wire}-backend`);
await serve(app, wire === 'http' ? { port: Number(address) } : { path: address });
