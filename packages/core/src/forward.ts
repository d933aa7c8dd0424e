export { type BodySink, pumpBody } from './forward/body-pump.ts';
export { type AnswerSource, type AnswerTimeouts, CgiAnswer, truncated } from './forward/cgi-answer.ts';
export { type ForwardedBody, forwardedBody, type SpoolFile } from './forward/forwarded-body.ts';
export { gatewayError } from './forward/gateway-error.ts';
export {
  type ForwardOptions,
  type ForwardSettings,
  forwardSettings,
  type Sendfile,
} from './forward/gateway-options.ts';
export { passOnAnswer } from './forward/pass-on-answer.ts';
export { ProgramLog } from './forward/program-log.ts';
