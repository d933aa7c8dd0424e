// The numbers of FastCGI 1.0, named as in section 8 of its specification.

export const FCGI_VERSION_1 = 1;
/** Bytes of a record header (section 3.3). */
export const HEADER_LENGTH = 8;
/** Most bytes that one record can carry: `contentLength` has 16 bits (section 3.3). */
export const MAX_CONTENT = 65_535;
/** The request id of management records (section 4). */
export const NULL_REQUEST_ID = 0;

export const BEGIN_REQUEST = 1;
export const ABORT_REQUEST = 2;
export const END_REQUEST = 3;
export const PARAMS = 4;
export const STDIN = 5;
export const STDOUT = 6;
export const STDERR = 7;
export const DATA = 8;
export const GET_VALUES = 9;
export const GET_VALUES_RESULT = 10;
export const UNKNOWN_TYPE = 11;

/** What an application does for a request (section 6). */
export const RESPONDER = 1;

/** A role as the application sees it: the value of `tsgi.fcgi_role`. */
export type Role = 'RESPONDER' | 'AUTHORIZER' | 'FILTER';

/** The roles by their numbers; 0 is none. */
export const ROLES: readonly (Role | undefined)[] = [undefined, 'RESPONDER', 'AUTHORIZER', 'FILTER'];

/** The web server keeps the connection after this request (section 5.1). */
export const KEEP_CONN = 1;

/** How a request ended (section 5.5). */
export const REQUEST_COMPLETE = 0;
export const CANT_MPX_CONN = 1;
export const OVERLOADED = 2;
export const UNKNOWN_ROLE = 3;

/** The names of these. */
export const PROTOCOL_STATUSES = ['REQUEST_COMPLETE', 'CANT_MPX_CONN', 'OVERLOADED', 'UNKNOWN_ROLE'] as const;
