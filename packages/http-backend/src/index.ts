export { ClassicServer, RequestHandler } from '@tsgi/transport/classic';
export { httpBackend } from './server/backend.ts';
export type { HeadLimits, Limits } from './server/limits.ts';
export type { HttpOptions, ServeOptions } from './server/options.ts';
export { type HttpServer, makeServer, serve } from './server/serve.ts';
export type { TlsIdentity, TlsOptions } from './server/tls-server.ts';
export type { TakeOver, Upgrade, UpgradeRequest } from './http1/upgrade.ts';
