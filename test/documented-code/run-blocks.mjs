// Runs the modules that are named, one after the other, and prints a line of JSON for each: what it threw, or nothing. What a module
// exports as an application is called; one that serves for ever is let be. Started with --import ./surroundings.mjs.
import { pathToFileURL } from 'node:url';
import { findApp } from '@tsgi/adapters';
import { callApp } from '@tsgi/core/testing';

const FOR_EVER = 1000;

/** Like `import()`, but for what awaits the end of a server: it has begun to serve then. */
async function load(file) {
  const loading = import(pathToFileURL(file).href);
  const pending = new Promise((resolve) => setTimeout(resolve, FOR_EVER, {}).unref());
  return process.env.SERVES_FOR_EVER?.split(':').includes(file) ? Promise.race([loading, pending]) : loading;
}

for (const file of process.argv.slice(2)) {
  let problem;
  try {
    const { default: exported } = await load(file);
    if (typeof exported === 'function' || typeof exported?.fetch === 'function') {
      const app = await findApp({ default: exported }).load();
      const { status, complete } = await callApp(app, { target: '/you' });
      if (!complete) problem = `the answer, ${status}, is cut off`;
    }
  } catch (error) {
    problem = String(error?.stack ?? error);
  }
  console.log(JSON.stringify({ file, problem }));
}
process.exit();
