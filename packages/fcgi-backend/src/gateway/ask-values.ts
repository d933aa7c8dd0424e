import { Deadline } from '@tsgi/core/clock';
import { type Address, connectTo, type UpstreamSocket } from '@tsgi/transport';
import { encodePairs } from '../codec/pairs.ts';
import { GET_VALUES, NULL_REQUEST_ID } from '../codec/protocol.ts';
import { encodeRecord } from '../codec/record-encoder.ts';
import { ResponseDecoder } from '../codec/response-decoder.ts';

/** It answered; it closed the connection, or ended; nobody listens. */
export type Heard = 'answer' | 'close' | 'refusal';

/** What an application said, and its values if it said any: names and values alternate. */
export interface Values {
  readonly heard: Heard;
  readonly values: readonly string[];
}

const ignore = (): void => {};

/**
 * Asks an application for values of its own (FastCGI 1.0 §4.1), on a connection for nothing else: php-fpm closes it then.
 *
 * @param connectTimeout milliseconds, for the connection alone.
 * @param timeout milliseconds for the answer.
 */
export async function askValues(
  address: Address,
  names: readonly string[],
  connectTimeout: number,
  timeout: number,
): Promise<Values> {
  let socket: UpstreamSocket;
  try {
    socket = await connectTo(address, { timeout: connectTimeout });
  } catch {
    return { heard: 'refusal', values: [] };
  }
  return new Promise((resolve) => {
    let heard: Heard = 'close';
    const settle = (values: readonly string[]): void => {
      late.clear();
      resolve({ heard, values });
      socket.destroy();
    };
    const decoder = new ResponseDecoder({
      getValuesResult: settle,
      unknownType: () => settle([]),
      stdout: ignore,
      stdoutEnd: ignore,
      stderr: ignore,
      stderrEnd: ignore,
      end: ignore,
    });
    const late = new Deadline(() => settle([]));
    late.in(timeout);
    // What keeps a process alive is what it serves.
    socket.unref();
    socket.on('data', (chunk: Buffer) => {
      heard = 'answer';
      try {
        decoder.push(chunk);
      } catch {
        settle([]);
      }
    });
    socket.on('error', ignore);
    socket.on('end', () => socket.destroy());
    socket.on('close', () => settle([]));
    // The end of it, too: one that knows no such question then closes.
    socket.end(encodeRecord(GET_VALUES, NULL_REQUEST_ID, encodePairs(names.flatMap((name) => [name, '']))));
  });
}
