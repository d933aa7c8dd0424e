// Does what Phusion Passenger's loader for Node does, as far as an application can tell: it is started with its options
// as JSON, leaves a global object, takes over `listen`, requires the start file, and ends when its standard input does.
const { EventEmitter } = require('node:events');
const { rmSync, writeFileSync } = require('node:fs');
const { Server } = require('node:http');
const { join } = require('node:path');

const options = JSON.parse(process.argv[2]);
const passenger = new EventEmitter();
global.PhusionPassenger = passenger;
Object.assign(passenger, { options, configure() {}, _appInstalled: false });
const socket = join(options.socket_dir, `node.${process.pid}`);
const { listen } = Server.prototype;

Server.prototype.listen = function takeOver(...args) {
  if (passenger._appInstalled) throw new Error('http.Server.listen() was called more than once');
  passenger._appInstalled = true;
  const others = this.listeners('request');
  this.removeAllListeners('request');
  this.on('request', (request) => {
    Object.defineProperty(request.connection, 'remoteAddress', { configurable: true, get: () => '127.0.0.1' });
    Object.defineProperty(request.connection, 'remotePort', { configurable: true, get: () => 0 });
  });
  for (const other of others) this.on('request', other);
  const callback = args.length > 1 && typeof args.at(-1) === 'function' ? args.at(-1) : undefined;
  return listen.call(this, socket, () => {
    // It is emitted once more, by hand.
    if (callback) this.once('listening', callback);
    this.emit('listening');
    process.nextTick(() => writeFileSync(join(options.socket_dir, 'ready'), socket));
  });
};

process.stdin.on('end', () => {
  rmSync(socket, { force: true });
  if (passenger.listenerCount('exit') > 0) passenger.emit('exit');
  else process.exit(0);
});
process.stdin.resume();
require(options.startup_file);
