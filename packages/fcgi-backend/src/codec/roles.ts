import { AUTHORIZER, FILTER, RESPONDER } from './protocol.ts';

/** What an application does for a request (section 6): the value of `tsgi.fcgi_role`. */
export type Role = 'RESPONDER' | 'AUTHORIZER' | 'FILTER';

export const ALL_ROLES: readonly Role[] = ['RESPONDER', 'AUTHORIZER', 'FILTER'];

export function roleOf(number: number): Role | undefined {
  switch (number) {
    case RESPONDER:
      return 'RESPONDER';
    case AUTHORIZER:
      return 'AUTHORIZER';
    case FILTER:
      return 'FILTER';
    default:
      return undefined;
  }
}
