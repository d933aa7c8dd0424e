export { requestOf, type RequestView, type ReadOptions } from './request/request-of.ts';
export { respond, type RespondInit } from './request/respond.ts';
