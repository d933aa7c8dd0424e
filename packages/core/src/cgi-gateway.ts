export { AnnouncedLength } from './lib/announced-length.ts';
export { type AnswerTimeouts, CgiAnswer } from './lib/cgi-answer.ts';
export { type ForwardedBody, forwardedBody } from './lib/forwarded-body.ts';
export { gatewayError } from './lib/gateway-error.ts';
export { passOnAnswer, type RedirectSettings } from './lib/pass-on-answer.ts';
