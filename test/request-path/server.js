// Serves one wire on a UNIX socket, and says over IPC which files a request passes, and how many functions are called.
import { Session } from 'node:inspector/promises';

const [wire, path] = process.argv.slice(2);
const { serve } = await import(`../../packages/${wire}-backend/dist/index.js`);

const HELLO = new TextEncoder().encode('Hello, world!');

const app = (environ, startResponse) => {
  startResponse('200 OK', [['Content-Type', 'text/plain']]);
  return [HELLO];
};
await serve(app, { path });

const session = new Session();
session.connect();
await session.post('Profiler.enable');

async function passed() {
  const { result } = await session.post('Profiler.takePreciseCoverage');
  const files = [];
  let calls = 0;
  for (const { url, functions } of result) {
    const file = /\/packages\/(.+)$/.exec(url)?.[1];
    if (file === undefined) continue;
    const called = functions.reduce((sum, { ranges }) => sum + ranges[0].count, 0);
    if (called > 0) files.push(file);
    calls += called;
  }
  return { files, calls };
}

process.on('message', async (question) => {
  if (question === 'begin') {
    await session.post('Profiler.startPreciseCoverage', { callCount: true, detailed: false });
    await session.post('Profiler.takePreciseCoverage');
    process.send('begun');
  } else process.send(await passed());
});
process.send('ready');
