// Every server of `node:http`, `node:https` and, with TLS, `node:http2` in a process listens through a wire of ours instead of Node's own, so that the tests
// of others judge this project: `TSGI_WIRE=fcgi NODE_OPTIONS='--import /…/listen-through.mjs' npm test`, with `http`, `fcgi` or
// `scgi`. It is for tests of others only: docs/frameworks.md says what was found. With TSGI_LISTENS=FILE a byte is added to the
// file for each server that listens, so that a run can show that it went this way.
import { appendFileSync } from 'node:fs';
import http from 'node:http';
import http2 from 'node:http2';
import https from 'node:https';
import net from 'node:net';
import { fromNode } from '@tsgi/adapters/node';
import * as fcgi from '@tsgi/fcgi-backend';
import { serve } from '@tsgi/http-backend';
import * as scgi from '@tsgi/scgi-backend';

const WIRE = process.env.TSGI_WIRE ?? 'http';
const behind = { http: undefined, fcgi, scgi }[WIRE];
if (!['http', 'fcgi', 'scgi'].includes(WIRE)) throw new Error(`TSGI_WIRE: found ${WIRE}, expected http, fcgi or scgi`);

/** As long as a test waits, and longer. */
const GRACE = 600_000;
const quiet = { errors() {} };

/** What stands for a server that listens: a door on its port, and what is behind it once that has started. */
const doors = new WeakMap();

/** The settings of Node's server that are a matter of TLS. */
function tlsOf(server) {
  if (server instanceof http.Server) return {};
  const { key, cert, ca, requestCert, rejectUnauthorized } = server;
  const asked = rejectUnauthorized ? 'require' : 'request';
  return { tls: { key, cert, ca, ...(requestCert ? { clientCertificates: asked } : {}) } };
}

async function start(server) {
  const tls = tlsOf(server);
  // A server with a fetch handler of its own goes by `fromFetch`, where its makers tell it.
  const app = server[Symbol.for('tsgi.app')] ?? fromNode(server);
  if (behind === undefined) return serve(app, { port: 0, ...tls, ...quiet });
  const inner = await behind.serve(app, { port: 0, ...quiet });
  const front = await serve(behind.gateway({ address: inner.address }), { port: 0, ...tls, ...quiet });
  return {
    port: front.port,
    async close(options) {
      await front.close(options);
      await inner.close(options);
    },
  };
}

/** Bytes, ends and resets of one side reach the other. */
function join(client, upstream) {
  const pair = [
    [client, upstream],
    [upstream, client],
  ];
  for (const [one, other] of pair) {
    one.setNoDelay(true);
    one.on('error', (error) => {
      if (error.code === 'ECONNRESET') other.resetAndDestroy();
      else other.destroy();
    });
    one.on('close', () => other.destroySoon());
    one.pipe(other);
  }
}

/** The port has to be there as soon as `listen` has returned, as with Node's own: so a door stands before ours. */
function openDoor(server, args) {
  if (process.env.TSGI_LISTENS !== undefined) appendFileSync(process.env.TSGI_LISTENS, '.');
  const running = start(server);
  const front = net.createServer({ allowHalfOpen: true, pauseOnConnect: true }, (client) => {
    client.on('error', () => {});
    running.then(({ port }) => {
      join(client, net.connect({ port, host: '127.0.0.1', allowHalfOpen: true }));
      client.resume();
    });
  });
  const door = { front, running };
  doors.set(server, door);
  const callback = args.findLast((arg) => typeof arg === 'function');
  if (callback !== undefined) server.once('listening', callback);
  front.on('listening', () => server.emit('listening'));
  front.on('error', (error) => {
    doors.delete(server);
    server.emit('error', error);
  });
  front.listen(...args.filter((arg) => typeof arg !== 'function'));
  return server;
}

function closeDoor(server, door, callback) {
  doors.delete(server);
  door.running.then((running) => running.close({ grace: GRACE }));
  door.front.close(() => {
    server.emit('close');
    callback?.();
  });
  return server;
}

// `node:http2` does not give its class away.
const secureHttp2 = http2.createSecureServer().constructor;

for (const { prototype } of [http.Server, https.Server, secureHttp2]) {
  const own = {
    close: prototype.close,
    address: prototype.address,
    closeAllConnections: prototype.closeAllConnections,
  };
  const replaced = {
    listen(...args) {
      return openDoor(this, args);
    },
    close(callback) {
      const door = doors.get(this);
      return door === undefined ? own.close.call(this, callback) : closeDoor(this, door, callback);
    },
    address() {
      const door = doors.get(this);
      return door === undefined ? own.address.call(this) : door.front.address();
    },
    closeAllConnections() {
      const door = doors.get(this);
      if (door === undefined) own.closeAllConnections?.call(this);
      else door.running.then((running) => running.close({ grace: 0 }));
    },
    closeIdleConnections() {},
    getConnections(callback) {
      const door = doors.get(this);
      if (door === undefined) process.nextTick(callback, null, 0);
      else door.front.getConnections(callback);
      return this;
    },
    ref() {
      doors.get(this)?.front.ref();
      return this;
    },
    unref() {
      doors.get(this)?.front.unref();
      return this;
    },
  };
  for (const [name, value] of Object.entries(replaced)) {
    Object.defineProperty(prototype, name, { value, writable: true, configurable: true });
  }
  const isListening = Object.getOwnPropertyDescriptor(net.Server.prototype, 'listening');
  Object.defineProperty(prototype, 'listening', {
    configurable: true,
    get() {
      return doors.get(this)?.front.listening ?? isListening.get.call(this);
    },
  });
}
