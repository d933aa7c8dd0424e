export { CgiServer, makeServer } from './lib/cgi-server.ts';
export { gateway, type GatewayOptions } from './lib/gateway.ts';
export { cgiBackend, serve, type ServeOptions } from './lib/serve.ts';
