import { type App, copyEnviron } from '@tsgi/core';
import { assertApp } from '@tsgi/core/server';
import { applyForwarded, TrustedPeers } from '@tsgi/http-backend/forwarded';

/** Whom `forwarded` believes. */
export interface ForwardedOptions {
  /** Proxies in front of the web server: addresses, networks (`10.0.0.0/8`), and `unix` for peers without an address. */
  trustedPeers: readonly string[];
}

/**
 * Lets trusted proxies say who the client is, by `Forwarded` and `X-Forwarded-*`, on the wires whose servers do not:
 * FastCGI, SCGI and CGI, where a proxy stands in front of the web server. Over HTTP the server's own `trustedPeers` does it.
 * The rules are the same: the hops are walked from the nearest; headers that contradict each other are a 400.
 *
 * @throws TsgiError `BAD_TRUSTED_PEER` for an entry that is none, TypeError for what is no application.
 */
export function forwarded(app: App, { trustedPeers }: ForwardedOptions): App {
  assertApp(app);
  const trusted = new TrustedPeers(trustedPeers);
  return (environ, startResponse) => {
    const inner = copyEnviron(environ);
    applyForwarded(inner, trusted);
    return app(inner, startResponse);
  };
}
