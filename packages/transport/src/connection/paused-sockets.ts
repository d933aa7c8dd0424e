import type { Socket } from 'node:net';

/**
 * Finds out that the peer of a socket that is not read has left.
 *
 * libuv asks the system for nothing while a socket is paused: neither an end nor a reset is seen, and who waits for the
 * peer to leave would wait for ever. Once a second, for every socket that has been paused for about that long:
 *
 * - An empty write. It puts nothing on the wire, and fails when the system knows that the peer takes nothing any more: after
 *   a reset, and on a UNIX socket after a close (not after the end of the peer's side alone). The socket then closes.
 * - A bounded bit is read on (`readOn`): on TCP a FIN stands in line behind the bytes that were not read, and only its reader
 *   sees it. All sockets together have 16 MiB for it.
 * - TCP's keepalive is switched on. A closed peer whose FIN cannot be reached by that answers it with a reset once its system
 *   has forgotten the connection: on Linux a minute after it closed, some minutes where its own bytes did not leave. So does
 *   a peer that has vanished, after some ten seconds.
 *
 * Measured on Node 20, 22 and 24, over TCP, TLS and UNIX sockets.
 */

/** A wire that does not read its socket, because it has enough. */
export interface PausedReader {
  readonly socket: Socket;
  /** Reads up to this many bytes more than it otherwise would; each call has a greater number. Absent: it does not. */
  readOn?(bytes: number): void;
}

interface Entry {
  /** Ticks of the timer that have found it paused. */
  ticks: number;
  /** Bytes that it may read on. */
  granted: number;
}

const INTERVAL = 1_000;
const FIRST_GRANT = 65_536;
/** Of one socket. */
const MOST_GRANTED = 1_048_576;
/** Of all of them. */
const MOST_IN_ALL = 16_777_216;
/** Milliseconds of silence before the system asks the peer whether it is there. */
const KEEPALIVE_AFTER = 10_000;

const paused = new Map<PausedReader, Entry>();
let inAll = 0;
let timer: NodeJS.Timeout | undefined;

/** From now until `unwatchPaused`: the socket closes when its peer is found to be gone. Bytes that wait are lost then. */
export function watchPaused(reader: PausedReader): void {
  if (paused.has(reader)) return;
  paused.set(reader, { ticks: 0, granted: 0 });
  if (timer !== undefined) return;
  timer = setInterval(look, INTERVAL);
  timer.unref();
}

/** The socket is read again, or closed; what it was granted to read on is taken back. */
export function unwatchPaused(reader: PausedReader): void {
  const entry = paused.get(reader);
  if (entry === undefined) return;
  paused.delete(reader);
  inAll -= entry.granted;
  if (paused.size > 0) return;
  clearInterval(timer);
  timer = undefined;
}

function look(): void {
  for (const [reader, entry] of paused) {
    const { socket } = reader;
    entry.ticks += 1;
    if (socket.destroyed) unwatchPaused(reader);
    // Most pauses are short.
    else if (entry.ticks > 1) {
      if (entry.ticks === 2) socket.setKeepAlive(true, KEEPALIVE_AFTER);
      probe(socket);
      if (!socket.destroyed) grant(reader, entry);
    }
  }
}

function grant(reader: PausedReader, entry: Entry): void {
  if (reader.readOn === undefined) return;
  const next = Math.min(MOST_GRANTED, entry.granted === 0 ? FIRST_GRANT : 2 * entry.granted);
  const more = next - entry.granted;
  if (more === 0 || inAll + more > MOST_IN_ALL) return;
  inAll += more;
  entry.granted = next;
  reader.readOn(next);
}

/** What is to be written is watched by libuv itself. */
function probe(socket: Socket): void {
  if (socket.writableLength === 0 && !socket.writableEnded) underTls(socket).write('');
}

/** TLS keeps an empty write's failure to itself. The socket under it has this name since Node 0.11. */
function underTls(socket: Socket & { _parent?: unknown }): Socket {
  const { _parent: under } = socket;
  return 'encrypted' in socket && isSocket(under) ? under : socket;
}

function isSocket(value: unknown): value is Socket {
  return typeof value === 'object' && value !== null && 'write' in value && 'writableEnded' in value;
}
