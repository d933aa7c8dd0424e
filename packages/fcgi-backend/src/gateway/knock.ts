import { type Address, connectTo, type UpstreamSocket } from '@tsgi/transport';
import { encodePairs } from '../codec/pairs.ts';
import { GET_VALUES, NULL_REQUEST_ID } from '../codec/protocol.ts';
import { encodeRecord } from '../codec/record-encoder.ts';

/** What every FastCGI application answers, whatever it serves (FastCGI 1.0 §4.1). */
const QUESTION = encodeRecord(GET_VALUES, NULL_REQUEST_ID, encodePairs(['FCGI_MPXS_CONNS', '']));

/** It answered; it closed the connection, or ended; nobody listens. */
export type Heard = 'answer' | 'close' | 'refusal';

/**
 * Finds out whether a program accepts connections, as one does that is neither starting nor busy: asks for its values, and
 * waits for as long as it takes.
 *
 * @param timeout milliseconds, for the connection alone.
 */
export async function knock(address: Address, timeout: number): Promise<Heard> {
  let socket: UpstreamSocket;
  try {
    socket = await connectTo(address, { timeout });
  } catch {
    return 'refusal';
  }
  return new Promise((resolve) => {
    // What keeps a process alive is what it serves.
    socket.unref();
    socket.on('data', () => {
      resolve('answer');
      socket.destroy();
    });
    socket.on('error', () => {});
    socket.on('end', () => socket.destroy());
    socket.on('close', () => resolve('close'));
    // The end of it, too: one that knows no such question then closes.
    socket.end(QUESTION);
  });
}
