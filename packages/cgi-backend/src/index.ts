export { CgiServer, makeServer } from './program/cgi-server.ts';
export { gateway, type GatewayOptions } from './host/gateway.ts';
export { cgiBackend, serve, type ServeOptions } from './program/serve.ts';
