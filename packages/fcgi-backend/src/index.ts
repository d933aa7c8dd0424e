export { gateway, type GatewayOptions } from './gateway/gateway.ts';
export { decodePairs, encodePairs } from './codec/pairs.ts';
export {
  encodeBeginRequest,
  encodeEndRequest,
  encodeGetValuesResult,
  encodeRecord,
  encodeStream,
  encodeStreamEnd,
  encodeUnknownType,
} from './codec/record-encoder.ts';
export { type ParamsLimits, RequestDecoder, type RequestEvents } from './codec/request-decoder.ts';
export { ResponseDecoder, type ResponseEvents } from './codec/response-decoder.ts';
export type { Role } from './codec/protocol.ts';
export { fcgiBackend, type FcgiOptions, makeServer, serve, type ServeOptions } from './server/serve.ts';
