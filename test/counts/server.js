// Serves one wire on a UNIX socket, and says over IPC what was allocated between two questions: bytes, objects, and by which functions.
import { Session } from 'node:inspector/promises';

const [wire, path] = process.argv.slice(2);
const { serve } = await import(`../../packages/${wire}-backend/dist/index.js`);

const HELLO = new TextEncoder().encode('Hello, world!');

async function echo(environ, startResponse) {
  const body = await environ['tsgi.input'].read();
  startResponse('200 OK', [['Content-Length', String(body.length)]]);
  return [body];
}

/** @type {import('@tsgi/core').App} */
const app = (environ, startResponse) => {
  if (environ.REQUEST_METHOD === 'POST') return echo(environ, startResponse);
  startResponse('200 OK', [['Content-Type', 'text/plain']]);
  return [HELLO];
};
await serve(app, { path });

const session = new Session();
session.connect();

/** A sample is an object, where every byte begins one. */
function counted(profile) {
  const functions = new Map();
  const nameOf = ({ functionName, url }) =>
    `${functionName || '(anonymous)'} ${url.replace(/^.*\/(?:packages\/)?/, '')}`;
  const found = { bytes: 0, objects: 0 };
  const names = new Map();
  const walk = (node) => {
    names.set(node.id, nameOf(node.callFrame));
    node.children.forEach(walk);
  };
  walk(profile.head);
  for (const { nodeId, size } of profile.samples) {
    const name = names.get(nodeId);
    const one = functions.get(name) ?? { name, bytes: 0, objects: 0 };
    one.bytes += size;
    one.objects += 1;
    functions.set(name, one);
    found.bytes += size;
    found.objects += 1;
  }
  return { ...found, functions: [...functions.values()].toSorted((a, b) => b.bytes - a.bytes).slice(0, 20) };
}

process.on('message', async (question) => {
  if (question === 'begin') {
    await session.post('HeapProfiler.collectGarbage');
    await session.post('HeapProfiler.startSampling', {
      samplingInterval: 1,
      includeObjectsCollectedByMajorGC: true,
      includeObjectsCollectedByMinorGC: true,
    });
    process.send('begun');
  } else {
    const { profile } = await session.post('HeapProfiler.stopSampling');
    process.send(counted(profile));
  }
});
process.send('ready');
