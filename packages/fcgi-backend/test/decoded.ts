import { RequestDecoder, type ParamsLimits } from '../src/codec/request-decoder.ts';
import { ResponseDecoder } from '../src/codec/response-decoder.ts';

// Events as lines that can be compared. Where a stream was cut into pieces carries no meaning, so pieces are joined.

export type Event = readonly (string | number | boolean)[];

function joiner(): {
  events: Event[];
  piece(kind: string, id: number, chunk: Buffer): void;
  add(...event: Event): void;
} {
  const events: Event[] = [];
  return {
    events,
    piece(kind, id, chunk) {
      const last = events.at(-1);
      if (last?.[0] === kind && last[1] === id)
        events[events.length - 1] = [kind, id, last[2] + chunk.toString('latin1')];
      else events.push([kind, id, chunk.toString('latin1')]);
    },
    add(...event) {
      events.push(event);
    },
  };
}

/** Feeds pieces to the application side of the codec. Like a connection, it releases what it refuses. */
export function decodeRequests(pieces: Iterable<Uint8Array>, limits?: ParamsLimits): Event[] {
  const { events, piece, add } = joiner();
  const decoder: RequestDecoder<number> = new RequestDecoder<number>(
    {
      begin(id, role, keep) {
        add('begin', id, role, keep);
        return id;
      },
      params: (id, variables) => add('params', id, ...variables),
      paramsRefused(id, error) {
        add('refused', id, error.code);
        decoder.release(id);
      },
      stdin: (id, chunk) => piece('stdin', id, chunk),
      stdinEnd: (id) => add('stdinEnd', id),
      data: (id, chunk) => piece('data', id, chunk),
      dataEnd: (id) => add('dataEnd', id),
      abort(id) {
        add('abort', id);
        decoder.release(id);
      },
      getValues: (names) => add('getValues', ...names),
      unknownType: (type) => add('unknownType', type),
    },
    limits,
  );
  for (const bytes of pieces) decoder.push(Buffer.from(bytes));
  return events;
}

/** The gateway side of the codec, and what it has heard so far. */
export function responses(): { events: Event[]; push(bytes: Uint8Array): void } {
  const { events, piece, add } = joiner();
  const decoder = new ResponseDecoder({
    stdout: (id, chunk) => piece('stdout', id, chunk),
    stdoutEnd: (id) => add('stdoutEnd', id),
    stderr: (id, chunk) => piece('stderr', id, chunk),
    stderrEnd: (id) => add('stderrEnd', id),
    end: (id, appStatus, protocolStatus) => add('end', id, appStatus, protocolStatus),
    getValuesResult: (values) => add('values', ...values),
    unknownType: (type) => add('unknownType', type),
  });
  return { events, push: (bytes) => decoder.push(Buffer.from(bytes)) };
}

/** Feeds pieces to the gateway side of the codec. */
export function decodeResponses(pieces: Iterable<Uint8Array>): Event[] {
  const { events, push } = responses();
  for (const bytes of pieces) push(bytes);
  return events;
}

/** The same bytes, one at a time. */
export function singly(bytes: Uint8Array): Uint8Array[] {
  return Array.from(bytes, (byte) => Uint8Array.of(byte));
}
