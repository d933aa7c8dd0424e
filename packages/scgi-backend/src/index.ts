export { gateway, type GatewayOptions } from './lib/gateway.ts';
export { ScgiHeaderDecoder, type ScgiRequestStart } from './lib/header-decoder.ts';
export { encodeScgiHeader } from './lib/header-encoder.ts';
export type { ScgiDecoderOptions, ScgiLeniency, ScgiLimits } from './lib/limits.ts';
export { makeServer, scgiBackend, type ScgiOptions, serve, type ServeOptions } from './lib/serve.ts';
