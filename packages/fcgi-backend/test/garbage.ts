import { setFlagsFromString } from 'node:v8';
import { runInNewContext } from 'node:vm';

setFlagsFromString('--expose-gc');
const collect = runInNewContext('gc') as () => void;

/** Bytes outside the heap that are still held: buffers. */
export function heldBytes(): number {
  collect();
  collect();
  return process.memoryUsage().arrayBuffers;
}
