export { askTargets, type Carrier, type ForwardedRequest, type SentRequest } from './forward/ask-targets.ts';
export { type BodySink, type ForwardedBody, sendBody } from './forward/body-pump.ts';
export { type AnswerSource, type AnswerTimeouts, type AnswerUse, CgiAnswer, truncated } from './forward/cgi-answer.ts';
export type { ConnectTime } from './forward/connect-time.ts';
export { forwardedBody, type SpoolFile } from './forward/forwarded-body.ts';
export { gatewayError } from './forward/gateway-error.ts';
export {
  type ForwardOptions,
  type ForwardSettings,
  forwardSettings,
  type Sendfile,
} from './forward/gateway-options.ts';
export { isIdempotent } from './forward/idempotent.ts';
export { passOnAnswer } from './forward/pass-on-answer.ts';
export { ProgramLog } from './forward/program-log.ts';
export type { TargetState } from './forward/target-state.ts';
export { type ForwardingApp, forwardingApp, Target, type TargetFigures, Targets } from './forward/targets.ts';
