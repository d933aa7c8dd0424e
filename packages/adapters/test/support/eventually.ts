import { setTimeout as delay } from 'node:timers/promises';

/** Waits until `what` holds; for outside a test, where `expect.poll` may not be. */
export async function eventually(what: string, holds: () => boolean): Promise<void> {
  for (let tries = 0; tries < 1500; tries++) {
    if (holds()) return;
    await delay(20);
  }
  throw new Error(`in 30 seconds: not ${what}`);
}
