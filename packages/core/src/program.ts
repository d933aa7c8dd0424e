// What a process needs that starts for one request, as a CGI program does, and no more: every module that is loaded costs each
// request. All of it is also in `server.ts` and `cgi.ts`.
export { declaredLength, environFromVariables } from './cgi/cgi-environ.ts';
export { cgiHeadText, cgiRefusal } from './cgi/cgi-head-text.ts';
export { assertApp } from './contract/assert-app.ts';
export { bytesToByteString } from './contract/byte-strings.ts';
export { TsgiAbortError, TsgiError } from './contract/errors.ts';
export type { ServerTraits } from './environ/environ.ts';
export { createErrorStream } from './environ/error-stream.ts';
export { percentDecode } from './environ/percent-encoding.ts';
export { RequestBody } from './input/request-body.ts';
export { logLine } from './log/log-text.ts';
export { Exchange } from './run/exchange.ts';
export { describeError } from './run/failure.ts';
export type { ResponseHead, ResponseWriter } from './run/response-writer.ts';
