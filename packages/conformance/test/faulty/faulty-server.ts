import type { App } from '@tsgi/core';
import { fcgiBackend } from '@tsgi/fcgi-backend';
import { httpBackend } from '@tsgi/http-backend';
import { scgiBackend } from '@tsgi/scgi-backend';
import { backendDriver, type Driver } from '../../src/index.ts';
import type { ReferenceExchange } from './reference-exchange.ts';
import { referenceDriver } from './reference-server.ts';

/** A server that is wrong in one way, and what must find it out. */
export interface FaultyServer {
  /** What it does wrong. */
  readonly fault: string;
  readonly driver: Driver;
  /** The case that catches it. */
  readonly caughtBy: string;
}

const QUIET = { port: 0, errors: (): void => {} };
/** The servers that are made wrong. One that is quiet has its errors taken away from the wire. */
export type RightServer = 'http' | 'fcgi' | 'fcgi with STDERR' | 'scgi';

const DRIVERS: Readonly<Record<RightServer, Driver>> = {
  http: backendDriver(httpBackend, QUIET),
  fcgi: backendDriver(fcgiBackend, QUIET),
  'fcgi with STDERR': backendDriver(fcgiBackend, { port: 0 }),
  scgi: backendDriver(scgiBackend, QUIET),
};

/** A right server. */
export function rightDriver(name: RightServer): Driver {
  return DRIVERS[name];
}

/** A right server around whose application something wrong stands. */
export function aroundApp(
  fault: string,
  caughtBy: string,
  wrap: (app: App) => App,
  name: RightServer = 'http',
): FaultyServer {
  const right = rightDriver(name);
  return { fault, caughtBy, driver: { ...right, name: fault, start: (app) => right.start(wrap(app)) } };
}

/** The reference gateway with one part of its run loop replaced. */
export function wrongLoop(fault: string, caughtBy: string, exchange: typeof ReferenceExchange): FaultyServer {
  return { fault, caughtBy, driver: referenceDriver(fault, exchange) };
}
