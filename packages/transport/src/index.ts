export { type Address, formatAddress, parseAddress } from './address/address.ts';
export { bindAddress, type BindOptions } from './address/bind-options.ts';
export {
  ClassicServer,
  type ClassicServerClass,
  type ClassicOptions,
  makeClassicServer,
} from './classic/classic-server.ts';
export type { ClassicWire } from './classic/classic-wire.ts';
export { connectTo, type ConnectOptions } from './connect/connect.ts';
export type { Connection } from './connection/connection.ts';
export { type BodyFlow, type BodyLimits, IncomingBody } from './connection/incoming-body.ts';
export { type ArrivalLimits, type Awaited, ConnectionClock } from './connection/connection-clock.ts';
export { drained } from './connection/drained.ts';
export { stdinIsListening } from './listen/inherited-socket.ts';
export { lingeringClose, type LingerLimits, type LingerOptions } from './connection/lingering-close.ts';
export { type HandlerServer, RequestHandler, type RequestHandlerClass } from './classic/request-handler.ts';
export { resetSocket } from './connection/reset-socket.ts';
export { type ServerLimits, serverLimitRules } from './options/server-limits.ts';
export { serveWire } from './listen/serve-wire.ts';
export { serveSockets, type SocketServerOptions } from './listen/socket-server.ts';
export { type MountOptions, socketTraits } from './listen/socket-traits.ts';
export { type PausedReader, unwatchPaused, watchPaused } from './connection/paused-sockets.ts';
export { SendTimeout, type Sending } from './connection/send-timeout.ts';
export type { UpstreamSocket } from './connect/upstream-socket.ts';
export { writePieces } from './connection/write-pieces.ts';
export { writeToStderr } from './listen/write-to-stderr.ts';
