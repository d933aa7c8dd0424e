export { ClassicServer, RequestHandler } from '@tsgi/transport';
export { httpBackend } from './lib/backend.ts';
export type { HeadLimits, Limits } from './lib/limits.ts';
export type { HttpOptions, ServeOptions } from './lib/options.ts';
export { type HttpServer, makeServer, serve } from './lib/serve.ts';
export type { TlsIdentity, TlsOptions } from './lib/tls-server.ts';
export type { TakeOver, Upgrade, UpgradeRequest } from './lib/upgrade.ts';
