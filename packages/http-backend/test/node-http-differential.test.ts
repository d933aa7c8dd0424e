import { createServer, METHODS } from 'node:http';
import { Duplex } from 'node:stream';
import { TsgiError } from '@tsgi/core';
import { createErrorStream, environFromHead } from '@tsgi/core/server';
import * as fc from 'fast-check';
import { expect, test } from 'vitest';
import { type Outcome, parse } from './support/events.ts';
import { cut, mutated } from './support/mutated-requests.ts';

interface Request {
  method: string;
  target: string;
  headers: string[];
  body: string;
  whole: boolean;
}

interface Verdict {
  requests: Request[];
  refused: string | undefined;
}

/** What `node:http` makes of the bytes. */
async function oracle(pieces: readonly Uint8Array[]): Promise<Verdict> {
  const requests: Request[] = [];
  let refused: string | undefined;
  const server = createServer((request, response) => {
    const seen: Request = {
      method: request.method ?? '',
      target: request.url ?? '',
      headers: request.rawHeaders,
      body: '',
      whole: false,
    };
    requests.push(seen);
    request.on('data', (chunk: Buffer) => {
      seen.body += chunk.toString('latin1');
    });
    request.on('end', () => {
      seen.whole = true;
      response.end();
    });
    request.on('error', () => {});
  });
  server.on('checkExpectation', () => {
    refused ??= 'expectation';
  });
  server.on('connect', (request) => {
    requests.push({ method: 'CONNECT', target: request.url ?? '', headers: request.rawHeaders, body: '', whole: true });
    refused ??= 'connect';
  });
  server.on('clientError', (error: NodeJS.ErrnoException) => {
    refused ??= error.code ?? error.message;
  });
  const answers: string[] = [];
  const wire = new Duplex({
    read() {},
    write(chunk: Buffer, _encoding, done) {
      answers.push(chunk.toString('latin1'));
      done();
    },
  });
  wire.on('error', () => {});
  server.emit('connection', wire);
  for (const piece of pieces) wire.push(piece);
  for (let turn = 0; turn < 4 || (turn < 40 && wire.readableLength > 0); turn += 1) await new Promise(setImmediate);
  // A missing Host is refused by the server, not by its parser.
  if (answers.some((answer) => answer.startsWith('HTTP/1.1 400'))) refused ??= 'answered 400';
  wire.destroy();
  return { requests, refused };
}

const facts = { scheme: 'http', serverName: 'a', serverPort: '80' } as const;
const traits = {
  multithread: false,
  multiprocess: false,
  runOnce: false,
  concurrent: true,
  serverSoftware: 'TSGI',
  errors: createErrorStream(() => {}),
};

/** What the codec, and the environ builder behind it, make of them; nothing counts behind `Connection: close`. */
function ours(pieces: readonly Uint8Array[]): Verdict {
  const outcome: Outcome = parse(pieces);
  const requests: Request[] = [];
  for (const { method, target, protocol, headers, body, whole, keepAlive } of outcome.requests) {
    try {
      environFromHead({ method, target, protocol, headers }, facts, traits);
    } catch (error) {
      if (!(error instanceof TsgiError)) throw error;
      return { requests, refused: error.message };
    }
    requests.push({ method, target, headers, body, whole });
    if (!keepAlive || method === 'CONNECT') return { requests, refused: undefined };
  }
  return { requests, refused: outcome.message };
}

/** What we refuse and `node:http` takes, in the words of our refusal, and why we may. */
const stricter: [why: string, message: RegExp][] = [
  ['RFC 9112 §2.3: there is no HTTP/0.9 with headers; versions other than 1.0 and 1.1 are a 505', /request line/],
  ['RFC 9112 §3: exactly one space; §2.2: CRLF ends a line', /request line/],
  ['RFC 9112 §3.2: the forms of a target, none with a fragment or white space', /request target/],
  ['RFC 9112 §2.2: only whole empty lines come before a request', /before the request line/],
  ['RFC 9112 §3.2: a Host that is none', /Host:/],
  ['RFC 9112 §6.1: Transfer-Encoding in HTTP/1.0; §6.3: its last coding; §7: what is implemented', /Transfer-Encoding/],
  ['RFC 9112 §6.3: one Content-Length, and one that a number can hold', /Content-Length/],
  ['RFC 9110 §6.5.1: fields that are no trailers', /may not be a trailer/],
  ['RFC 9112 §7.1.1: a bound on chunk extensions', /more extension than data/],
  ['RFC 9112 §2.3, §5: limits', /more than 100|longer than/],
  ['RFC 9110 §10.1.1: a 417', /Expect/],
  ['RFC 9110 §5.3: a field that is no list comes once (R37)', /came more than once/],
];

/** What `node:http` refuses and we take. */
function mayPass({ method, target }: Request): boolean {
  // RFC 9110 §9.1: methods are open; the application decides. And raw bytes in a target are the application's, too (R29).
  return !METHODS.includes(method) || /[\x80-\xff]/.test(target) || method === 'CONNECT' || method === 'PRI';
}

test('node:http and we take the same requests, but for what is stricter here', async () => {
  await fc.assert(
    fc.asyncProperty(mutated, fc.array(fc.nat(), { maxLength: 4 }), async (text, at) => {
      const pieces = cut(text, at);
      const theirs = await oracle(pieces);
      const mine = ours(pieces);
      for (const [index, request] of mine.requests.entries()) {
        const other = theirs.requests[index];
        if (other === undefined) {
          // Once they have refused, what we take must be on the list; behind it, there is nothing to compare.
          expect(
            mine.requests.slice(index).some(mayPass),
            `node:http refused ${JSON.stringify(text)}: ${theirs.refused}`,
          ).toBe(true);
          return;
        }
        const { body, whole, ...head } = request;
        const { body: theirBody, whole: theirWhole, ...theirHead } = other;
        expect({ ...head, headers: trimmed(head.headers) }).toEqual({
          ...theirHead,
          headers: trimmed(theirHead.headers),
        });
        // A body that we refused within is a part of theirs.
        if (whole || mine.refused === undefined)
          expect({ body, whole }).toEqual({ body: theirBody, whole: theirWhole });
        else expect(theirBody.startsWith(body)).toBe(true);
        // node:http reads no further requests behind one that announces an upgrade.
        if (mayPass(request) || request.headers.some((name) => name.toLowerCase() === 'upgrade')) return;
      }
      if (
        theirs.requests.length > mine.requests.length ||
        (mine.refused !== undefined && theirs.refused === undefined)
      ) {
        const last = mine.requests.at(-1);
        const ended = last !== undefined && mine.refused === undefined;
        if (!ended)
          expect(
            stricter.some(([, message]) => message.test(mine.refused ?? '')),
            `refused: ${mine.refused}`,
          ).toBe(true);
      }
    }),
    { numRuns: 600 },
  );
}, 60_000);

function trimmed(headers: readonly string[]): string[] {
  return headers.map((text) => text.replace(/[\t ]+$/, ''));
}
