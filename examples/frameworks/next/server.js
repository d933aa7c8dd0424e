import next from 'next';

const app = next({ dev: false, dir: new URL('.', import.meta.url).pathname });
await app.prepare();

/** What `tsgi serve server.js` finds. */
export const handler = app.getRequestHandler();
