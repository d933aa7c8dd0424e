// What several hosts lose when one of them fails: three application hosts and nginx, HAProxy and `tsgi gateway` before them, each in a
// network namespace with an address of its own, run as examples/deploy/several-hosts has them. A steady load goes to every front end
// over every wire that it has, while one host is killed, cut off, slow, or all are restarted in turn. Takes root, nginx, HAProxy and
// iproute2; nothing outside of the namespaces is touched, and they are removed in the end.
//
//   node bench/hosts/run.js [--only FAULT] [--rate REQUESTS_PER_SECOND=40] [--scale 1] [--write] [--json FILE]
//
// --possible only says whether it can run here. --write puts the figures and plots into docs/. Ends with 1 when something was lost that should not be.
import { writeFileSync } from 'node:fs';
import { parseArgs } from 'node:util';
import { befall, faults } from './faults.js';
import { Scene, whyNotHere } from './scene.js';
import { summary, unexpected } from './summary.js';

const { values } = parseArgs({
  options: {
    only: { type: 'string', multiple: true },
    rate: { type: 'string', default: '40' },
    scale: { type: 'string', default: '1' },
    write: { type: 'boolean', default: false },
    json: { type: 'string' },
    possible: { type: 'boolean', default: false },
  },
});
const names = values.only ?? Object.keys(faults);
for (const name of names) {
  if (faults[name] === undefined) throw new Error(`--only ${name}: expected one of ${Object.keys(faults).join(', ')}`);
}

const why = whyNotHere();
if (why !== undefined) {
  console.error(`bench/hosts: ${why}`);
  process.exit(2);
}
if (values.possible) process.exit(0);

let scene;
const end = (code) => {
  scene?.remove();
  process.exit(code);
};
for (const signal of ['SIGINT', 'SIGTERM']) process.once(signal, () => end(130));

async function tried(name) {
  scene = new Scene();
  try {
    await scene.start({ flags: faults[name].flags });
    const notes = [];
    const note = (text) => notes.push({ at: Date.now(), text });
    const act = () => befall(faults[name], { ...scene, apps: scene.apps, note, scale: Number(values.scale) });
    const before = scene.sentAgain();
    const { records, begun } = await scene.load(Number(values.rate), act);
    const marks = notes.map(({ at, text }) => ({ at: at - begun, text }));
    const again = Object.fromEntries(
      Object.entries(scene.sentAgain()).map(([lane, count]) => [lane, count - (before[lane] ?? 0)]),
    );
    const found = { fault: name, title: faults[name].title, marks, lanes: summary(records, scene.begun, again) };
    return { ...found, records };
  } finally {
    scene.remove();
  }
}

try {
  const results = [];
  for (const name of names) {
    const result = await tried(name);
    results.push(result);
    console.log(`\n${result.title}`);
    console.table(
      Object.fromEntries(result.lanes.map(({ lane, outcomes, ...row }) => [lane, { ...row, ...outcomes }])),
    );
  }
  if (values.json !== undefined) writeFileSync(values.json, `${JSON.stringify(results)}\n`);
  if (values.write) {
    const { write } = await import('./report.js');
    write(results, { rate: Number(values.rate), order: Object.keys(faults) });
  }
  const faulty = results.flatMap(unexpected);
  for (const line of faulty) console.error(line);
  end(faulty.length === 0 ? 0 : 1);
} catch (error) {
  console.error(error);
  end(3);
}
