// Memory: what a server holds at rest, for each connection that is kept and idle, and for a peer that stands still.
import { once } from 'node:events';
import { connect } from 'node:net';
import { setTimeout as delay } from 'node:timers/promises';
import { judged, namesOf, plain } from './compare.js';
import { residentMemory } from './process-tree.js';
import { SERVERS } from './servers.js';
import { start } from './start.js';
import { WIRES } from './wire-bytes.js';

const target = (address) => (typeof address === 'number' ? { port: address, host: '127.0.0.1' } : { path: address });

async function opened(address) {
  const socket = connect(target(address));
  socket.on('error', () => {});
  await once(socket, 'connect');
  return socket;
}

/** Sends one request, and waits for the beginning of its answer. */
async function asked(socket, wire) {
  socket.write(WIRES[wire].request({ method: 'GET', path: '/', body: Buffer.alloc(0) }, true));
  await once(socket, 'data');
}

const IDLE = 4000;

/** Each measurement: MiB or KiB of a server that has just begun. */
const MEASUREMENTS = {
  async rest({ pid }) {
    await delay(500);
    return residentMemory(pid);
  },
  async used({ pid, wire, address }) {
    const socket = await opened(address);
    await asked(socket, wire);
    await delay(500);
    const found = residentMemory(pid);
    socket.destroy();
    return found;
  },
  /** KiB of a connection that has had its request; before it others have, for the code of a server takes memory, too. */
  async idle({ pid, wire, address }) {
    const rounds = async (count) => {
      const sockets = [];
      for (let made = 0; made < count; made += 20) {
        sockets.push(...(await Promise.all(Array.from({ length: 20 }, () => opened(address)))));
      }
      for (const socket of sockets) await asked(socket, wire);
      return sockets;
    };
    for (const socket of await rounds(500)) socket.destroy();
    await delay(500);
    const before = residentMemory(pid);
    const sockets = await rounds(IDLE);
    await delay(500);
    const found = ((residentMemory(pid) - before) * 1024) / IDLE;
    for (const socket of sockets) socket.destroy();
    return found;
  },
  /** MiB more, while a client has stopped reading an answer of a GiB. */
  async unreadAnswer({ pid, wire, address }) {
    const before = await MEASUREMENTS.used({ pid, wire, address });
    const socket = await opened(address);
    socket.write('GET /bytes/1073741824 HTTP/1.1\r\nHost: localhost\r\n\r\n');
    await once(socket, 'data');
    socket.pause();
    await delay(2000);
    const found = residentMemory(pid) - before;
    socket.destroy();
    return Math.max(0.1, found);
  },
  /** MiB more, while a GiB is sent to an application that reads nothing. */
  async unreadUpload({ pid, wire, address }) {
    const before = await MEASUREMENTS.used({ pid, wire, address });
    const socket = await opened(address);
    socket.write('POST /waits HTTP/1.1\r\nHost: localhost\r\nContent-Length: 1073741824\r\n\r\n');
    const piece = Buffer.alloc(65_536, 120);
    const more = () => {
      while (socket.write(piece));
    };
    socket.on('drain', more);
    more();
    await delay(2000);
    const found = residentMemory(pid) - before;
    socket.destroy();
    return Math.max(0.1, found);
  },
};

export async function compareResting(work, { processes, rounds, scratch }) {
  const named = namesOf(work, (name) => SERVERS[name].needs);
  const { names } = named;
  if (names.length < 3) return { missing: named.missing, servers: [] };
  const values = new Map(names.map((name) => [name, []]));
  for (let process = 0; process < processes; process++) {
    for (const list of values.values()) list.push([]);
    for (let round = 0; round < Math.min(rounds, 3); round++) {
      for (const name of round % 2 === 0 ? names : names.toReversed()) {
        const wire = work.wireOf?.[plain(name)] ?? work.wire;
        const server = await start(plain(name), { ...work, wire }, scratch);
        try {
          values.get(name)[process].push(await MEASUREMENTS[work.measure](server));
        } finally {
          await server.stop();
        }
      }
    }
  }
  return judged(named, values);
}
