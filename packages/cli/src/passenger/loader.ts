import type { EventEmitter } from 'node:events';

/**
 * Who has loaded the start file. Both loaders `require()` it, replace `http.Server.prototype.listen` and call their own
 * `listen` with the address that the web server knows: Phusion Passenger's node-loader.js, LiteSpeed's lsnode.js.
 */
export interface Loader {
  readonly name: 'passenger' | 'litespeed' | 'none';
  /** The application has called `listen` itself, for which there is one only: then it serves already. */
  isTaken(): boolean;
  /** Passenger closes standard input and emits `exit`; without a listener for it the process ends there and then. */
  onExit(callback: () => void): void;
}

type Globals = Readonly<Record<string, unknown>>;

/** `LsNode` since 2018, `LitespeedNodeJS` before. */
const LITESPEED = ['LsNode', 'LitespeedNodeJS'] as const;

/** Found by the global objects that they leave for applications. */
export function loaderOf(globals: Globals = globalThis as Globals): Loader {
  const passenger = globals['PhusionPassenger'] as (EventEmitter & Globals) | undefined;
  if (passenger !== undefined) {
    return {
      name: 'passenger',
      isTaken: () => passenger['_appInstalled'] === true,
      onExit: (callback) => void passenger.once('exit', callback),
    };
  }
  const name = LITESPEED.find((name) => globals[name] !== undefined);
  const litespeed = name === undefined ? undefined : (globals[name] as Globals);
  return {
    name: litespeed === undefined ? 'none' : 'litespeed',
    isTaken: () => litespeed?.['listenDone'] === true || litespeed?.['_appInstalled'] === true,
    onExit() {},
  };
}
