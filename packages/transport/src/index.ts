export { type Address, formatAddress, parseAddress } from './lib/address.ts';
export { bindAddress, type BindOptions } from './lib/bind-options.ts';
export { breakOff } from './lib/break-off.ts';
export {
  ClassicServer,
  type ClassicServerClass,
  type ClassicOptions,
  makeClassicServer,
} from './lib/classic-server.ts';
export type { ClassicWire } from './lib/classic-wire.ts';
export { connectTo, type ConnectOptions } from './lib/connect.ts';
export type { Connection } from './lib/connection.ts';
export { drained } from './lib/drained.ts';
export { stdinIsListening } from './lib/inherited-socket.ts';
export { LingeringClose } from './lib/lingering-close.ts';
export { type HandlerServer, RequestHandler, type RequestHandlerClass } from './lib/request-handler.ts';
export { serveWire } from './lib/serve-wire.ts';
export { serveSockets, type SocketServerOptions } from './lib/socket-server.ts';
export { type MountOptions, socketTraits } from './lib/socket-traits.ts';
export { timerTime } from './lib/timer-time.ts';
export type { UpstreamSocket } from './lib/upstream-socket.ts';
export { writeToStderr } from './lib/write-to-stderr.ts';
