import type { Header } from '../../contract/contract.ts';

/** How the peer of a probe behaves. */
export type Peer =
  | 'patient'
  /** Takes each chunk only after a turn of the event loop. */
  | 'slow'
  /** Is gone before anything was answered. */
  | 'leaves early'
  /** Is gone once the head and the first chunk have arrived. */
  | 'leaves midway'
  /** Announces a body and goes after half of it. */
  | 'cuts its body';

/** One request of the battery. */
export interface Probe {
  readonly method: string;
  /** Percent-encoded. */
  readonly target: string;
  readonly headers?: readonly Header[];
  /** Pieces of the body as they arrive. */
  readonly body?: readonly string[];
  /** The body comes without a `CONTENT_LENGTH`. */
  readonly unknownLength?: boolean;
  readonly protocol?: 'HTTP/1.0';
  readonly peer?: Peer;
}

const FORM: Header = ['Content-Type', 'application/x-www-form-urlencoded'];
const JSON_TYPE: Header = ['Content-Type', 'application/json'];
const BROWSER: readonly Header[] = [
  ['Accept', 'text/html,application/xhtml+xml;q=0.9,*/*;q=0.8'],
  ['Accept-Encoding', 'gzip, br'],
  ['Cookie', 'session=1; theme=dark'],
  ['If-None-Match', '"an-etag"'],
  ['Range', 'bytes=0-9'],
];

function query(target: string): string {
  return target.includes('?') ? '&' : '?';
}

/** What is asked of every path: each method, bodies of every kind, and peers that misbehave. */
function probesOf(target: string): Probe[] {
  return [
    { method: 'GET', target },
    { method: 'GET', target: `${target}${query(target)}a=b&c=%20d&a=%E4&empty=&bare` },
    { method: 'GET', target, headers: BROWSER },
    { method: 'GET', target, protocol: 'HTTP/1.0' },
    { method: 'HEAD', target },
    { method: 'OPTIONS', target },
    { method: 'POST', target, headers: [FORM], body: ['name=ada&', 'born=1815'] },
    { method: 'POST', target, headers: [JSON_TYPE], body: ['{"name":', '"ada"}'] },
    { method: 'POST', target, headers: [JSON_TYPE], body: ['{"name":'] },
    { method: 'POST', target, headers: [FORM], body: [] },
    { method: 'POST', target, body: Array.from({ length: 96 }, () => 'x'.repeat(1024)) },
    { method: 'POST', target, headers: [FORM], body: ['name=', 'ada'], unknownLength: true },
    { method: 'PUT', target, body: ['new'] },
    { method: 'PATCH', target, headers: [JSON_TYPE], body: ['{}'] },
    { method: 'DELETE', target },
    { method: 'BREW', target },
    { method: 'GET', target, peer: 'slow' },
    { method: 'GET', target, peer: 'leaves early' },
    { method: 'GET', target, peer: 'leaves midway' },
    { method: 'POST', target, headers: [FORM], body: ['name=', 'ada'], peer: 'cuts its body' },
  ];
}

/** What is asked once: paths that nobody expects. */
const ODD: readonly Probe[] = [
  { method: 'OPTIONS', target: '*' },
  { method: 'GET', target: '/no-such-page/at-all' },
  { method: 'GET', target: '/caf%C3%A9/%E4%20x%2Fy' },
  { method: 'GET', target: '//twice//over' },
  { method: 'GET', target: '/../../etc/passwd' },
  { method: 'GET', target: `/${'long/'.repeat(400)}` },
];

/** The battery for these paths. */
export function battery(targets: readonly string[]): Probe[] {
  return [...targets.flatMap(probesOf), ...ODD];
}

/** A probe in a report: `'POST / (96 KiB)'`. */
export function probeName({ method, target, body, unknownLength, protocol, peer, headers }: Probe): string {
  const shown = target.length > 40 ? `${target.slice(0, 40)}…` : target;
  const notes = [
    protocol,
    peer === undefined ? undefined : `the peer ${peer === 'slow' ? 'is slow' : peer}`,
    unknownLength === true ? 'of unknown length' : undefined,
    body?.length === 0 ? 'an empty body' : undefined,
    body !== undefined && body.length > 2 ? `${body.length} KiB` : undefined,
    headers === BROWSER ? 'as a browser' : undefined,
    body !== undefined && headers?.[0] === JSON_TYPE
      ? body.length === 1 && body[0] !== '{}'
        ? 'broken JSON'
        : 'JSON'
      : undefined,
  ].filter((note) => note !== undefined);
  return `${method} ${shown}${notes.length === 0 ? '' : ` (${notes.join(', ')})`}`;
}
