import { TsgiError } from '@tsgi/core';
import { defaultLimits, type HeadLimits } from '../../src/server/limits.ts';
import { RequestParser } from '../../src/http1/codec/request-parser.ts';

/** A parser's events with data merged, so that how it came does not show. */
export interface Seen {
  method: string;
  target: string;
  protocol: string;
  headers: string[];
  keepAlive: boolean;
  expectContinue: boolean;
  body: string;
  trailers: string[];
  whole: boolean;
}

export interface Outcome {
  requests: Seen[];
  /** The status of the refusal that ended it. */
  refused?: number;
  message?: string;
}

/** Feeds pieces to a parser and gathers what it says. Anything but a `TsgiError` of the peer's passes through. */
export function parse(pieces: Iterable<Uint8Array>, limits: Partial<HeadLimits> = {}): Outcome {
  const parser = new RequestParser({ ...defaultLimits, ...limits });
  const requests: Seen[] = [];
  let current: Seen | undefined;
  try {
    for (const piece of pieces) {
      // A buffer that is somebody else's as soon as the parser has looked at it.
      const lent = Buffer.from(piece);
      parser.receive(lent, false);
      for (let event = parser.next(); event !== undefined; event = parser.next()) {
        if (Buffer.isBuffer(event)) {
          if (current !== undefined) current.body += event.toString('latin1');
        } else if (event.type === 'end') {
          if (current !== undefined) Object.assign(current, { trailers: [...event.trailers], whole: true });
        } else {
          const { method, target, protocol, headers, keepAlive, expectContinue } = event;
          current = {
            method,
            target,
            protocol,
            headers: [...headers],
            keepAlive,
            expectContinue,
            body: '',
            trailers: [],
            whole: event.bodyLength === 0,
          };
          requests.push(current);
        }
      }
      parser.keep();
      lent.fill(0x21);
    }
    return { requests };
  } catch (error) {
    if (!(error instanceof TsgiError) || error.side !== 'peer') throw error;
    return { requests, refused: error.statusHint, message: error.message };
  } finally {
    parser.release();
  }
}

export function parseText(text: string, limits?: Partial<HeadLimits>): Outcome {
  return parse([Buffer.from(text, 'latin1')], limits);
}

export function byteByByte(text: string): Uint8Array[] {
  return Array.from(Buffer.from(text, 'latin1'), (byte) => Uint8Array.of(byte));
}
