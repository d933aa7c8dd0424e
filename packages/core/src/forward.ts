export { AnnouncedLength } from './forward/announced-length.ts';
export { type AnswerTimeouts, CgiAnswer } from './forward/cgi-answer.ts';
export { type ForwardedBody, forwardedBody } from './forward/forwarded-body.ts';
export { gatewayError } from './forward/gateway-error.ts';
export { passOnAnswer, type RedirectSettings } from './forward/pass-on-answer.ts';
