import type { GatewayOptions as CgiOptions } from '@tsgi/cgi-backend';
import type { GatewayOptions as FcgiOptions } from '@tsgi/fcgi-backend';
import type { GatewayOptions as ScgiOptions } from '@tsgi/scgi-backend';
import type { ProcessManagerOptions } from '@tsgi/supervisor';
import type { DestinationWire, GatewaySettings } from './gateway-settings.ts';
import { allWires, type Obeyed, settingsIn, wireNamed } from './wires.ts';

/** Options that `--to` gives, or that only code can. */
type Elsewhere = 'address' | 'program';

/** Every option of a backend's `gateway`, as for `serve`. */
type Forwarded<Options> = Obeyed<Options, GatewaySettings, Elsewhere>;

const fcgi: Forwarded<FcgiOptions> = {
  connectTimeout: true,
  responseTimeout: true,
  idleTimeout: true,
  maxBody: true,
  maxSpool: true,
  pool: true,
  params: true,
  sendfile: true,
  root: true,
  extension: true,
  redirectTo: true,
};

const scgi: Forwarded<ScgiOptions> = {
  connectTimeout: true,
  responseTimeout: true,
  idleTimeout: true,
  maxBody: true,
  maxSpool: true,
  params: true,
  sendfile: true,
  redirectTo: true,
};

const cgi: Forwarded<CgiOptions> = {
  args: true,
  root: true,
  env: true,
  authorization: true,
  maxProcesses: true,
  responseTimeout: true,
  idleTimeout: true,
  maxBody: true,
  maxSpool: true,
  params: true,
  sendfile: true,
  redirectTo: true,
};

const spawn: Forwarded<ProcessManagerOptions> = {
  command: 'what --spawn says',
  cwd: 'where the gateway was started',
  log: 'the log of the gateway',
  mode: true,
  maxChildren: true,
  minSpare: true,
  maxSpare: true,
  processIdleTimeout: true,
  maxRequests: true,
  busyTimeout: true,
  queue: true,
  queueTimeout: true,
  startTimeout: true,
  grace: true,
  env: true,
  responseTimeout: true,
  idleTimeout: true,
  maxBody: true,
  maxSpool: true,
  params: true,
  sendfile: true,
  root: true,
  extension: true,
  redirectTo: true,
};

/** The settings that what is behind a gateway obeys; files below `--root` can be sent for all of them. */
const DESTINATIONS: Readonly<Record<DestinationWire, readonly string[]>> = {
  fcgi: ['to', 'static', ...settingsIn(fcgi)],
  scgi: ['to', 'static', 'root', ...settingsIn(scgi)],
  cgi: ['to', 'static', ...settingsIn(cgi)],
  spawn: ['spawn', 'static', ...settingsIn(spawn)],
};

/** The wires with an address that a gateway can forward to. */
export function forwardingWires(): string[] {
  return ['fcgi', 'scgi', ...allWires().filter((name) => wireNamed(name)?.gateway !== undefined)];
}

/** What a destination obeys: somebody else's wire what SCGI does, for it finds its programs itself. */
export function settingsOf(wire: string): readonly string[] {
  return DESTINATIONS[wire as DestinationWire] ?? DESTINATIONS.scgi;
}

/** What is said of programs that are started alone. */
export const programSettings = [
  'mode',
  'maxChildren',
  'minSpare',
  'maxSpare',
  'processIdleTimeout',
  'maxRequests',
  'busyTimeout',
  'queue',
  'queueTimeout',
  'startTimeout',
  'grace',
  'env',
] as const;

/** What obeys a setting of the gateway. */
export function destinationsThatObey(key: string): DestinationWire[] {
  return (Object.keys(DESTINATIONS) as DestinationWire[]).filter((wire) => DESTINATIONS[wire].includes(key));
}

/** The same for readers: none are named where all obey. */
export function destinationsToName(key: string): DestinationWire[] {
  const wires = destinationsThatObey(key);
  return wires.length === Object.keys(DESTINATIONS).length ? [] : wires;
}
