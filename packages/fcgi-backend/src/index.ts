export { fcgiBackend, type FcgiOptions, makeServer, serve, type ServeOptions } from './lib/serve.ts';
export type { Role } from './lib/roles.ts';
export { gateway, type GatewayOptions } from './lib/gateway.ts';
