export { gateway, type GatewayOptions, programGateway, type ProgramGatewayOptions } from './gateway/gateway.ts';
export type { Heard } from './gateway/ask-values.ts';
export { knock } from './gateway/knock.ts';
export type { Fate, ProgramSource, TakenProgram } from './gateway/program-upstream.ts';
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
