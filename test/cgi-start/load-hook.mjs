import { appendFileSync } from 'node:fs';

export function load(url, context, nextLoad) {
  if (url.startsWith('file:')) appendFileSync(process.env.NOTE_LOADED, `${url}\n`);
  return nextLoad(url, context);
}
