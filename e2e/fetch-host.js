// The application of the conformance kit as a fetch handler, under Bun or Deno: `fetch-host.js PORT`.
import { toFetch } from '@tsgi/adapters/fetch';
import app from '@tsgi/conformance/app';

const { Bun, Deno } = globalThis;
const fetch = toFetch(app, { errors() {} });
const hostname = '127.0.0.1';

if (Bun !== undefined) Bun.serve({ hostname, port: Number(Bun.argv[2]), idleTimeout: 60, fetch });
else Deno.serve({ hostname, port: Number(Deno.args[0]), onListen() {} }, fetch);
