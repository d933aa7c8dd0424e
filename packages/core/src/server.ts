// Also in the package's main entry, which loads what applications use: a CGI program starts for every request.
export { bytesToByteString } from './contract/byte-strings.ts';
export { TsgiAbortError, TsgiError } from './contract/errors.ts';
export { checkApp } from './contract/check-app.ts';
export { blankEnviron, type ServerTraits } from './environ/environ.ts';
export { createErrorStream } from './environ/error-stream.ts';
export { Exchange } from './run/exchange.ts';
export { environFromHead, type ConnectionFacts, type RequestHead } from './environ/http-environ.ts';
export { emptyInput } from './input/input.ts';
export { percentDecode, percentEncode } from './environ/percent-encoding.ts';
export { reasonPhrase } from './run/reason-phrases.ts';
export { RequestBody, type RequestBodyOptions } from './input/request-body.ts';
export { checkHead, checkHeaders } from './run/response-head.ts';
export type { ResponseHead, ResponseWriter } from './run/response-writer.ts';
export { originalStartResponse } from './run/start-response-identity.ts';
export { withoutSlashesAtEnd } from './environ/script-name.ts';
export { DIGITS, FIELD_VALUE, TOKEN, withoutBlanks } from './environ/tokens.ts';
export { type Authority, HOST, isAuthority, parseAuthority } from './environ/host.ts';
export { logEntry, logLine, logLines } from './log/log-text.ts';
