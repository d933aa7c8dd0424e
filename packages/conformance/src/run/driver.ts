import { mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import type { App, Backend, RunningServer } from '@tsgi/core';
import { parseTarget, type Target } from '../wires/target.ts';
import type { WireClient } from '../wires/target.ts';
import type { Wire } from '../wires/wire.ts';

/** A server that was started to be judged. */
export interface StartedServer {
  readonly target: Target;
  stop(): Promise<void>;
}

/** All that the kit needs to know of a backend. */
export interface Driver {
  /** What its column in the matrix is called. */
  readonly name: string;
  readonly wire: Wire;
  /** Of a wire that is none of the kit's own. */
  readonly client?: WireClient;
  /** Serves an application, on whatever address is free. */
  start(app: App): Promise<StartedServer>;
}

/**
 * The driver of any backend whose servers listen and say where.
 *
 * @param options of its `serve`. They must let the system choose the address.
 * @param wire `http2` for a server that speaks it, too; the client of a wire that is none of the kit's own. Default: the
 *   backend's name.
 */
export function backendDriver<Options extends object>(
  backend: Backend<Options>,
  options: Options,
  name: string = `${backend.name}-backend`,
  wire: Wire | WireClient = backend.name,
): Driver {
  const over = typeof wire === 'string' ? { wire } : { wire: wire.name, client: wire };
  return {
    name,
    ...over,
    async start(app) {
      const server: RunningServer = await backend.serve(app, options);
      const { client } = over;
      const where = parseTarget(server.address, client === undefined ? [] : [client]);
      return { target: { ...where, ...over }, stop: () => server.close({ grace: 100 }) };
    },
  };
}

/** The driver of a CGI program, which serves the kit's application itself. */
export function programDriver(command: readonly [string, ...string[]], name = 'cgi-backend'): Driver {
  return {
    name,
    wire: 'cgi',
    async start() {
      const store = await mkdtemp(join(tmpdir(), 'tsgi-conformance-'));
      return { target: { wire: 'cgi', command, store }, stop: () => rm(store, { recursive: true, force: true }) };
    },
  };
}
