// A steady load on several front ends: so many requests a second to each, whatever becomes of those before. Every fourth is a POST.
// Nothing is sent twice. One JSON line a request on standard output. SIGTERM ends it when all have their answers.
//
//   node bench/hosts/load.js PER_SECOND SECONDS NAME=URL...
import { Agent, request } from 'node:http';
import { setTimeout as delay } from 'node:timers/promises';

const [perSecond = 40, seconds = 10] = process.argv.slice(2, 4).map(Number);
const lanes = process.argv.slice(4).map((word) => {
  const [, name, url] = /^([^=]+)=(.*)$/.exec(word) ?? [];
  return { name, url, agent: new Agent({ keepAlive: true }) };
});
const GIVE_UP = 20_000;
const begun = performance.now();
const running = new Set();
let count = 0;

function send({ name, url, agent }) {
  const id = ++count;
  const method = id % 4 === 0 ? 'POST' : 'GET';
  const at = performance.now();
  const done = new Promise((resolve) => {
    const tell = (outcome, host = '') => {
      if (!running.delete(done)) return;
      const now = performance.now();
      const record = { id, lane: name, method, at: at - begun, took: now - at, outcome, host };
      process.stdout.write(`${JSON.stringify(record)}\n`);
      resolve();
    };
    const headers = method === 'POST' ? { 'Content-Length': 5 } : {};
    const sent = request(`${url}/?${id}`, { method, agent, headers }, (answer) => {
      let text = '';
      answer.setEncoding('latin1').on('data', (chunk) => (text += chunk));
      answer.on('end', () => tell(String(answer.statusCode), text.slice(0, 40)));
      answer.on('error', (error) => tell(error.code ?? error.message));
    });
    sent.setTimeout(GIVE_UP, () => sent.destroy(new Error('no answer')));
    sent.on('error', (error) => tell(error.code ?? error.message));
    sent.end(method === 'POST' ? 'hello' : undefined);
  });
  running.add(done);
}

// What is late is sent at once: the rate holds whatever the machine does.
const total = Math.round(perSecond * seconds);
const control = { isWanted: true };
process.once('SIGTERM', () => (control.isWanted = false));
// For those who do something meanwhile.
process.stdout.write(`${JSON.stringify({ begun: performance.timeOrigin + begun })}\n`);
for (let turn = 0; turn < total && control.isWanted; turn++) {
  const due = begun + (turn * 1000) / perSecond;
  if (due > performance.now()) await delay(due - performance.now());
  for (const lane of lanes) send(lane);
}
await Promise.all(running);
for (const { agent } of lanes) agent.destroy();
