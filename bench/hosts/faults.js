// What befalls the second of three hosts under load.
import { rmSync, writeFileSync } from 'node:fs';
import { setTimeout as delay } from 'node:timers/promises';

/** Seconds: of the load before it, while it lasts, and after it. */
const PHASES = { before: 5, during: 10, after: 10 };

async function restartAll({ apps, note, scale }) {
  await delay(scale * 2000);
  // The short form restarts one.
  for (const app of scale < 1 ? apps.slice(0, 1) : apps) {
    note(`${app.name} ends`);
    await app.stop();
    note(`${app.name} starts`);
    await app.start();
    await delay(scale * 3000);
  }
  await delay(scale * 2000);
}

/** Each does its fault to the hosts while the load runs, and notes when what happened. */
export const faults = {
  none: {
    title: 'nothing happens',
    act: async ({ scale }) => delay(scale * 10_000),
  },
  killed: {
    title: 'one host is killed, and started again',
    lasting: async ({ apps }) => {
      apps[1].kill();
      return () => apps[1].start();
    },
  },
  worker: {
    title: 'one worker process is killed',
    lasting: async ({ apps }) => {
      apps[1].killWorker();
      return () => {};
    },
  },
  'cut off': {
    title: 'one host is cut off: its packets are dropped, nobody is told',
    lasting: async ({ network }) => {
      network.unplug('app2');
      return () => network.plug('app2');
    },
  },
  slow: {
    title: 'one host takes a second for each answer',
    lasting: async ({ apps }) => {
      writeFileSync(`${apps[1].folder}/slow`, '');
      return () => rmSync(`${apps[1].folder}/slow`);
    },
  },
  rolling: {
    title: 'one host after the other is restarted',
    act: restartAll,
  },
  abrupt: {
    title: 'the same without `--shutdown-delay`',
    flags: ['--shutdown-delay', '0'],
    act: restartAll,
  },
};

/** Runs a fault to its end. `scale` makes it shorter. */
export async function befall(fault, scene) {
  if (fault.act !== undefined) return fault.act(scene);
  const { scale, note } = scene;
  await delay(scale * PHASES.before * 1000);
  note('begins');
  const undo = await fault.lasting(scene);
  await delay(scale * PHASES.during * 1000);
  note('ends');
  await undo();
  await delay(scale * PHASES.after * 1000);
}
