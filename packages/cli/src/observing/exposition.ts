import type { TargetFigures } from '@tsgi/core/forward';
import prom from 'prom-client';
import { BUCKETS, type Snapshot, type WireCounts } from './figures.ts';
import type { BehindStatus, Status } from './status.ts';

type Labels = Record<string, string | number>;

interface Value {
  readonly value: number;
  readonly labels: Labels;
  readonly metricName?: string;
}

/** As prom-client passes them between processes. */
interface Metric {
  readonly name: string;
  readonly help: string;
  readonly type: 'counter' | 'gauge' | 'histogram';
  readonly values: readonly Value[];
  readonly aggregator: 'sum' | 'max';
}

const CLASSES = ['1xx', '2xx', '3xx', '4xx', '5xx', 'other'];

type Made = (wire: string, counts: WireCounts) => Value[];

/** The figures of a wire, by name. */
const OF_WIRES: Readonly<Record<string, readonly [type: Metric['type'], help: string, values: Made]>> = {
  tsgi_requests_total: [
    'counter',
    'Requests that an application answered.',
    (wire, { requests }) => requests.map((value, at) => ({ value, labels: { wire, code: CLASSES[at] ?? 'other' } })),
  ],
  tsgi_request_duration_seconds: ['histogram', 'From the head of a request to the end of its answer.', durations],
  tsgi_requests_in_flight: ['gauge', 'Requests that run.', (wire, { inFlight }) => one(wire, inFlight)],
  tsgi_aborts_total: [
    'counter',
    'Answers that clients have not had whole: they left, or the answer broke off.',
    (wire, { left, cut }) => [
      { value: left, labels: { wire, by: 'client' } },
      { value: cut, labels: { wire, by: 'server' } },
    ],
  ],
  tsgi_refusals_total: [
    'counter',
    'Requests and connections that no application saw.',
    (wire, { refusals }) => Object.entries(refusals).map(([reason, value]) => ({ value, labels: { wire, reason } })),
  ],
  tsgi_connections: ['gauge', 'Open connections.', (wire, { open }) => one(wire, open)],
  tsgi_connections_total: [
    'counter',
    'Connections that were accepted.',
    (wire, { connections }) => one(wire, connections),
  ],
  tsgi_received_bytes_total: [
    'counter',
    'Bytes that came over connections.',
    (wire, { bytesIn }) => one(wire, bytesIn),
  ],
  tsgi_sent_bytes_total: ['counter', 'Bytes that went over connections.', (wire, { bytesOut }) => one(wire, bytesOut)],
};

function one(wire: string, value: number): Value[] {
  return [{ value, labels: { wire } }];
}

function durations(wire: string, { durations: counted, durationSum }: WireCounts): Value[] {
  const name = 'tsgi_request_duration_seconds';
  let below = 0;
  const buckets = counted.map((count, at) => {
    below += count;
    return { value: below, labels: { le: BUCKETS[at] ?? '+Inf', wire }, metricName: `${name}_bucket` };
  });
  return [
    ...buckets,
    { value: durationSum, labels: { wire }, metricName: `${name}_sum` },
    { value: below, labels: { wire }, metricName: `${name}_count` },
  ];
}

function metricsOf({ wires, memory, loopDelay, lostLines }: Snapshot): Metric[] {
  const ofWires = Object.entries(OF_WIRES).map(([name, [type, help, make]]): Metric => ({
    name,
    help,
    type,
    aggregator: 'sum',
    values: Object.entries(wires).flatMap(([wire, counts]) => make(wire, counts)),
  }));
  const plain = (name: string, type: Metric['type'], help: string, value: number): Metric => ({
    name,
    help,
    type,
    aggregator: 'sum',
    values: [{ value, labels: {} }],
  });
  return [
    ...ofWires,
    plain('tsgi_resident_memory_bytes', 'gauge', 'Resident memory of the processes that serve.', memory),
    plain('tsgi_access_log_lost_lines_total', 'counter', 'Lines that the access log has not got.', lostLines),
    {
      name: 'tsgi_event_loop_delay_seconds',
      help: 'How late the event loop was, in the process where it was latest.',
      type: 'gauge',
      aggregator: 'max',
      values: Object.entries(loopDelay).map(([of, value]) => ({ value, labels: { of } })),
    },
  ];
}

const OF_TARGETS: Readonly<
  Record<string, readonly [type: Metric['type'], help: string, of: (target: TargetFigures) => number]>
> = {
  tsgi_target_up: [
    'gauge',
    'Whether a server that is forwarded to gets requests.',
    ({ state }) => (state === 'out' ? 0 : 1),
  ],
  tsgi_target_requests_in_flight: ['gauge', 'Requests that run there.', ({ active }) => active],
  tsgi_target_requests_total: [
    'counter',
    'Requests that were sent there, or were meant to be.',
    ({ requests }) => requests,
  ],
  tsgi_target_failures_total: ['counter', 'Those that it did not take, or did not answer.', ({ failures }) => failures],
  tsgi_target_passed_on_total: ['counter', 'Those that were sent to another one then.', ({ passedOn }) => passedOn],
  tsgi_target_outages_total: ['counter', 'How often it was left out.', ({ outages }) => outages],
};

/** Those of the pool's states that whoever looks can tell apart. */
const PROGRAM_STATES = ['starting', 'idle', 'busy', 'unsure', 'ending'] as const;

function metricsBehind({ targets, programs }: BehindStatus): Metric[] {
  const ofTargets = Object.entries(OF_TARGETS).map(([name, [type, help, of]]): Metric => ({
    name,
    help,
    type,
    aggregator: 'sum',
    values: targets.map((target) => ({ value: of(target), labels: { target: target.name } })),
  }));
  const own = targets.length === 0 ? [] : ofTargets;
  if (programs === undefined) return own;
  return [
    ...own,
    {
      name: 'tsgi_programs',
      help: 'Programs that were started to be forwarded to, by state.',
      type: 'gauge',
      aggregator: 'sum',
      values: PROGRAM_STATES.map((state) => ({
        value: programs.programs.filter((program) => program.state === state).length,
        labels: { state },
      })),
    },
    {
      name: 'tsgi_program_requests_waiting',
      help: 'Requests that wait for a program.',
      type: 'gauge',
      aggregator: 'sum',
      values: [{ value: programs.waiting, labels: {} }],
    },
    {
      name: 'tsgi_program_ends_total',
      help: 'Programs that are gone.',
      type: 'counter',
      aggregator: 'sum',
      values: [
        { value: programs.crashed, labels: { reason: 'crash' } },
        { value: programs.ended, labels: { reason: 'retired' } },
      ],
    },
  ];
}

function metricsOfAll({ processes, restarts, notReady, behind }: Status): Metric[] {
  const states = ['starting', 'ready', 'draining'] as const;
  return [
    ...(behind === undefined ? [] : metricsBehind(behind)),
    {
      name: 'tsgi_processes',
      help: 'Processes that serve, by state.',
      type: 'gauge',
      aggregator: 'sum',
      values: states.map((state) => ({
        value: processes.filter((process) => process.state === state).length,
        labels: { state },
      })),
    },
    {
      name: 'tsgi_worker_restarts_total',
      help: 'Workers that ended and were replaced.',
      type: 'counter',
      aggregator: 'sum',
      values: Object.entries(restarts).map(([reason, value]) => ({ value, labels: { reason } })),
    },
    {
      name: 'tsgi_ready',
      help: 'Whether requests are taken.',
      type: 'gauge',
      aggregator: 'sum',
      values: [{ value: notReady === undefined ? 1 : 0, labels: {} }],
    },
  ];
}

/** The text that Prometheus reads, added up over all processes. */
export async function exposition(status: Status): Promise<string> {
  const snapshots = status.processes.flatMap(({ snapshot }) => snapshot ?? []);
  const all = [...snapshots, ...status.gone].map(metricsOf);
  const registry = prom.AggregatorRegistry.aggregate([...all, metricsOfAll(status)]);
  return registry.metrics();
}
