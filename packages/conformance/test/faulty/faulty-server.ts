import type { App, Backend } from '@tsgi/core';
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

interface SocketOptions {
  port: number;
  errors: (text: string) => void;
}

const QUIET: SocketOptions = { port: 0, errors: () => {} };
const BACKENDS: Readonly<Record<'http' | 'fcgi' | 'scgi', Backend<SocketOptions>>> = {
  http: httpBackend,
  fcgi: fcgiBackend,
  scgi: scgiBackend,
};

/** A right server of this wire. */
export function rightDriver(wire: 'http' | 'fcgi' | 'scgi'): Driver {
  // FastCGI has a stream for errors: it is not told to be quiet.
  return wire === 'fcgi' ? backendDriver(fcgiBackend, { port: 0 }) : backendDriver(BACKENDS[wire], QUIET);
}

/** A right server around whose application something wrong stands. */
export function aroundApp(
  fault: string,
  caughtBy: string,
  wrap: (app: App) => App,
  wire: 'http' | 'fcgi' | 'scgi' = 'http',
): FaultyServer {
  const right = rightDriver(wire);
  return { fault, caughtBy, driver: { ...right, name: fault, start: (app) => right.start(wrap(app)) } };
}

/** The reference gateway with one part of its run loop replaced. */
export function wrongLoop(fault: string, caughtBy: string, exchange: typeof ReferenceExchange): FaultyServer {
  return { fault, caughtBy, driver: referenceDriver(fault, exchange) };
}
