// Does what LiteSpeed's loader for Node does, as far as an application can tell: the listening socket is standard input,
// standard output becomes a file, the start file is named by variables, and what it exports may be asked to listen.
const { EventEmitter } = require('node:events');
const { closeSync, openSync } = require('node:fs');
const { Server } = require('node:http');

const { LSNODE_ROOT: root, LSNODE_STARTUP_FILE: file, LSNODE_SOCKET: address } = process.env;
const litespeed = new EventEmitter();
global.LsNode = litespeed;
litespeed.listenDone = false;
process.chdir(root);
closeSync(1);
openSync(process.env.LSNODE_CONSOLE_LOG ?? '/dev/null', 'a');
const { listen } = Server.prototype;

Server.prototype.address = () => address;
Server.prototype.listen = function takeOver(port, ...args) {
  if (litespeed.listenDone) {
    console.error('http.Server.listen() was called more than once, ignore.');
    return this;
  }
  litespeed.listenDone = true;
  const others = this.listeners('request');
  this.removeAllListeners('request');
  this.on('request', (request) => {
    Object.defineProperty(request.connection, 'remoteAddress', { configurable: true, get: () => '127.0.0.1' });
    Object.defineProperty(request.connection, 'remotePort', { configurable: true, get: () => port });
  });
  for (const other of others) this.on('request', other);
  return listen.call(this, { fd: 0 }, () => {
    const callback = args.at(-1);
    if (typeof callback === 'function') this.once('listening', callback);
    this.emit('listening');
  });
};

const application = require(`${root}/${file}`);
if (!litespeed.listenDone && typeof application.listen === 'function') application.listen(3000);
