export {
  acceptSingleRequests,
  type HeadDecoder,
  type RequestStart,
  type SingleRequestSettings,
  type SingleRequestWire,
} from './single-request/single-request-connection.ts';
export {
  type SingleRequestOptions,
  singleRequestLimitRules,
  singleRequestWire,
} from './single-request/single-request-wire.ts';
export {
  type SingleRequestEncoding,
  singleRequestGateway,
  type SingleRequestGatewayOptions,
} from './single-request/single-request-gateway.ts';
