import { EventEmitter } from 'node:events';

/** V8 judges from a hundred on: with these, five thousand would have to be alive at one collection. */
const ARRAYS = 1000;

let taught = false;

function listener(): void {}

/**
 * Teaches V8 that lists of listeners die young, once a process; it takes less than a millisecond. V8 looks at the first
 * hundred arrays which a place in the code has made: where nearly all of them are alive at a collection, all that this place
 * makes is put into old memory from then on, and so is what is stored in it. `EventEmitter` makes the list for a second
 * listener in one place. The first hundred are those of connections, which live on; those of a request would keep its
 * messages until the next full collection: Koa on Node 26 needed twice the CPU.
 */
export function teachThatListenersDieYoung(): void {
  if (taught) return;
  taught = true;
  for (let count = 0; count < ARRAYS; count++) new EventEmitter().on('end', listener).on('end', listener);
}
