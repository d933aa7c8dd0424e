export type { Backend, CloseOptions, RunningServer } from './contract/backend.ts';
export { bytesToByteString, byteStringToBytes, byteStringToText, textToByteString } from './contract/byte-strings.ts';
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
  SendHead,
  StartResponse,
  Write,
} from './contract/contract.ts';
export { copyEnviron, onAbort, rawHeaders } from './environ/environ.ts';
export { headerName } from './environ/header-name.ts';
export { rawPathInfo } from './environ/raw-path.ts';
export { TsgiAbortError, TsgiError, type ErrorDetails, type ErrorSide } from './contract/errors.ts';
export { FileWrapper } from './body/file-wrapper.ts';
export { guessScheme } from './wsgi/guess-scheme.ts';
export { Headers } from './wsgi/headers.ts';
export { applicationUri, requestUri } from './wsgi/request-uri.ts';
export { shiftPathInfo } from './wsgi/shift-path-info.ts';
export { standInFor } from './run/start-response-identity.ts';
export { isHopByHop } from './environ/tokens.ts';
