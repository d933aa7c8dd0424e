import { connect, createServer, type Socket } from 'node:net';
import type { Driver } from '../../src/index.ts';

/** Changes what goes through a connection. State of one connection lives in the closure. */
export interface ByteChange {
  /** From the kit to the server. */
  request?(bytes: Buffer): Buffer;
  /** From the server to the kit. */
  response?(bytes: Buffer): Buffer;
  /** When the server's side ended: what is sent still. */
  end?(): Buffer;
  /** A reset of the server's becomes an end like any other. */
  hidesReset?: boolean;
}

/** A right server behind something that changes the bytes of its wire. */
export function behindProxy(driver: Driver, change: () => ByteChange): Driver {
  return {
    ...driver,
    start: async (app) => {
      const inner = await driver.start(app);
      const { target } = inner;
      if (!('port' in target)) throw new TypeError('the proxy is for TCP');
      const open = new Set<Socket>();
      const server = createServer({ allowHalfOpen: true, noDelay: true }, (near) => {
        const far = connect({ host: target.host, port: target.port, allowHalfOpen: true, noDelay: true });
        const { request = same, response = same, end, hidesReset = false } = change();
        for (const socket of [near, far]) {
          open.add(socket);
          socket.on('error', () => {});
          socket.once('close', () => open.delete(socket));
        }
        near.on('data', (bytes: Buffer) => far.write(request(bytes)));
        near.on('end', () => far.end());
        near.on('close', () => far.destroy());
        far.on('data', (bytes: Buffer) => near.write(response(bytes)));
        const over = (): void => {
          if (end !== undefined && near.writable) near.write(end());
          near.end();
        };
        far.on('end', over);
        far.on('close', (failed) => {
          if (failed && !hidesReset) near.resetAndDestroy();
          else if (!near.writableEnded) over();
        });
      });
      await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve));
      const address = server.address();
      const port = typeof address === 'object' && address !== null ? address.port : 0;
      return {
        target: { wire: target.wire, host: '127.0.0.1', port },
        stop: async () => {
          for (const socket of open) socket.destroy();
          await new Promise((done) => server.close(done));
          await inner.stop();
        },
      };
    },
  };
}

function same(bytes: Buffer): Buffer {
  return bytes;
}
