import { isIP } from 'node:net';
import { type App, copyEnviron, type Environ } from '@tsgi/core';
import type { Loader } from './loader.ts';

/** Passenger's word, which a client cannot send: names that begin so are refused at its door. */
const SECURE = 'HTTP_!~PASSENGER_';

/**
 * An application that sees the client instead of the web server, which is at the other end of a UNIX socket.
 *
 * Passenger passes on the `X-Forwarded-For` and `-Proto` of the client before its own, so those prove nothing; its
 * `!~Passenger-…` headers do. LiteSpeed puts the client's address behind what it was sent, and adds `X-Forwarded-Proto` only for
 * https: over plain HTTP a client can claim https there.
 */
export function withClientFacts(app: App, loader: Loader['name']): App {
  if (loader === 'none') return app;
  const tell = loader === 'passenger' ? tellAsPassenger : tellAsLitespeed;
  return (environ, startResponse) => {
    const inner = copyEnviron(environ);
    tell(inner);
    return app(inner, startResponse);
  };
}

function tellAsPassenger(environ: Environ): void {
  tellClient(environ, environ[`${SECURE}CLIENT_ADDRESS`], environ[`${SECURE}PROTO`]);
  // Its environment variables, in base64, are among them: none is for an application.
  for (const name of Object.keys(environ)) if (name.startsWith('HTTP_!~')) delete environ[name];
}

function tellAsLitespeed(environ: Environ): void {
  tellClient(environ, last(environ.HTTP_X_FORWARDED_FOR), last(environ.HTTP_X_FORWARDED_PROTO));
}

function last(list: string | undefined): string | undefined {
  return list?.slice(list.lastIndexOf(',') + 1).trim();
}

function tellClient(environ: Environ, address: unknown, scheme: unknown): void {
  // The loaders give the socket an address of their own making.
  delete environ.REMOTE_ADDR;
  delete environ.REMOTE_PORT;
  if (typeof address === 'string' && isIP(address) !== 0) environ.REMOTE_ADDR = address;
  if (scheme !== 'https') return;
  environ['tsgi.url_scheme'] = 'https';
  environ.HTTPS = 'on';
  environ.SERVER_PORT = '443';
}
