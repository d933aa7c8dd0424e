export { gateway, type GatewayOptions } from './lib/gateway.ts';
export { decodePairs, encodePairs } from './lib/pairs.ts';
export {
  encodeBeginRequest,
  encodeEndRequest,
  encodeGetValuesResult,
  encodeRecord,
  encodeStream,
  encodeStreamEnd,
  encodeUnknownType,
} from './lib/record-encoder.ts';
export { type ParamsLimits, RequestDecoder, type RequestEvents } from './lib/request-decoder.ts';
export { ResponseDecoder, type ResponseEvents } from './lib/response-decoder.ts';
export type { Role } from './lib/roles.ts';
export { fcgiBackend, type FcgiOptions, makeServer, serve, type ServeOptions } from './lib/serve.ts';
