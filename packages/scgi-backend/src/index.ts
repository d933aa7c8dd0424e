export { gateway, type GatewayOptions } from './gateway/gateway.ts';
export { ScgiHeaderDecoder, type ScgiRequestStart } from './codec/header-decoder.ts';
export { encodeScgiHeader } from './codec/header-encoder.ts';
export type { ScgiDecoderOptions, ScgiLeniency, ScgiLimits } from './codec/limits.ts';
export { makeServer, scgiBackend, type ScgiOptions, serve, type ServeOptions } from './server/serve.ts';
