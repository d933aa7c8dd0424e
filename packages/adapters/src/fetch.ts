export { fromFetch, type FetchHandler, type FromFetchOptions } from './fetch/from-fetch.ts';
export { environOf } from './fetch/light-request.ts';
export type { FetchContext, RequestRuntime, ServerRequest } from './fetch/services.ts';
export { toFetch, type FetchEntry, type ToFetchOptions } from './fetch/to-fetch.ts';
