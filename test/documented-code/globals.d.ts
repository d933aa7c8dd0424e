// What surroundings.mjs puts there, for blocks in TypeScript.
import type { Driver } from '@tsgi/conformance';
import type { App } from '@tsgi/core';

declare global {
  const driver: Driver;
  function listen(app: App): Promise<{ port: number; close(): Promise<void> }>;
}
