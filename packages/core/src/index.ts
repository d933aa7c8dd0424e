export type { Backend, CloseOptions, RunningServer } from './lib/backend.ts';
export { bytesToByteString, byteStringToBytes, byteStringToText, textToByteString } from './lib/byte-strings.ts';
export type {
  AfterResponse,
  App,
  Body,
  Bytes,
  EarlyHints,
  Environ,
  ErrorStream,
  FileLike,
  Header,
  Input,
  StartResponse,
  Write,
} from './lib/contract.ts';
export { copyEnviron } from './lib/environ.ts';
export { TsgiAbortError, TsgiError, type ErrorDetails, type ErrorSide } from './lib/errors.ts';
export { FileWrapper } from './lib/file-wrapper.ts';
export { guessScheme } from './lib/guess-scheme.ts';
export { Headers } from './lib/headers.ts';
export { applicationUri, requestUri } from './lib/request-uri.ts';
export { shiftPathInfo } from './lib/shift-path-info.ts';
export { standInFor } from './lib/start-response-identity.ts';
export { isHopByHop } from './lib/tokens.ts';
