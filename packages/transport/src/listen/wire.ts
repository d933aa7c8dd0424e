import type { Server, Socket } from 'node:net';
import type { App } from '@tsgi/core';
import type { ServerObserver } from '@tsgi/core/server';
import type { Connection } from '../connection/connection.ts';

/** How a wire takes over sockets: what its backend gives to `serveWire` and `makeClassicServer`, without an application yet. */
export interface Wire {
  /** The scheme of the server's address: `http`, `fcgi`. */
  readonly scheme: string;
  /** As in `SocketServerOptions`, for this application: a connection may get its own. */
  accept(app: App, socket: Socket): Connection;
  readonly maxConnections?: number;
  createServer?(listener: (socket: Socket) => void): Server;
  errors?(text: string): void;
  readonly observer?: ServerObserver | undefined;
}
