import { testEnviron } from '../../testing/call-app.ts';
import type { Environ } from '../../contract/contract.ts';
import { RequestBody } from '../../input/request-body.ts';
import type { Probe } from './probes.ts';

const encoder = new TextEncoder();

/** The environ of a probe; its body arrives piece by piece, as bodies do. */
export function probeEnviron(probe: Probe, log: (text: string) => void): Environ {
  const { method, target, headers = [], protocol, body, unknownLength } = probe;
  const environ = testEnviron({ method, target, headers }, log);
  if (protocol !== undefined) environ.SERVER_PROTOCOL = protocol;
  if (body === undefined) return environ;
  const pieces = body.map((text) => encoder.encode(text));
  const length = pieces.reduce((sum, piece) => sum + piece.byteLength, 0);
  const arriving = new RequestBody(unknownLength === true ? {} : { expected: length });
  if (unknownLength !== true) environ.CONTENT_LENGTH = String(length);
  environ['tsgi.input'] = arriving.input;
  if (probe.peer === 'cuts its body') pieces.pop();
  const arrive = (): void => {
    const piece = pieces.shift();
    if (piece === undefined) arriving.end();
    else {
      arriving.push(piece);
      setTimeout(arrive, 0);
    }
  };
  arrive();
  return environ;
}
