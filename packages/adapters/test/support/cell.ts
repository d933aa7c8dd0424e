import { existsSync, mkdtempSync, readFileSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { findApp } from '@tsgi/adapters';
import { gateway as cgiGateway } from '@tsgi/cgi-backend';
import type { App } from '@tsgi/core';
import { validator, violationText } from '@tsgi/core/validator';
import { gateway as fcgiGateway, serve as serveFcgi } from '@tsgi/fcgi-backend';
import { serve } from '@tsgi/http-backend';
import { gateway as scgiGateway, serve as serveScgi } from '@tsgi/scgi-backend';
import { localhost } from '../../../http-backend/test/support/certificates.ts';
import { type Client, clients } from './client.ts';

export const WIRES = ['HTTP/1.1', 'HTTP/2', 'FastCGI', 'SCGI', 'CGI'] as const;
export type Wire = (typeof WIRES)[number];

/** One application over one wire, behind our own HTTP server with TLS where the wire is not HTTP. */
export interface Cell {
  readonly wire: Wire;
  readonly client: Client;
  /** A folder for what the application tells past the wire. */
  readonly folder: string;
  /** What the validator found. */
  violations(): string[];
  close(): Promise<void>;
}

async function loadApp(name: string): Promise<App> {
  const module = (await import(`../apps/${name}.mjs`)) as Record<string, unknown>;
  const found = findApp(module);
  if (found === undefined) throw new Error(`${name}: no application found`);
  return found.load();
}

export async function openCell(name: string, wire: Wire): Promise<Cell> {
  const folder = mkdtempSync(join(tmpdir(), 'tsgi-matrix-'));
  const log = join(folder, 'violations');
  const found: string[] = [];
  const closes: (() => unknown)[] = [];
  const watched = async (): Promise<App> =>
    validator(await loadApp(name), { onViolation: (violation) => found.push(violationText(violation)) });
  const behind = async (): Promise<App> => {
    const errors = (): void => {};
    if (wire === 'FastCGI' || wire === 'SCGI') {
      const [run, gateway] = wire === 'FastCGI' ? [serveFcgi, fcgiGateway] : [serveScgi, scgiGateway];
      const inner = await run(await watched(), { port: 0, errors });
      closes.push(() => inner.close({ grace: 100 }));
      return gateway({ address: inner.address });
    }
    if (wire === 'CGI') {
      const program = new URL('../apps/cgi.mjs', import.meta.url).pathname;
      return cgiGateway({ program, args: [name], env: [`VIOLATIONS=${log}`] });
    }
    return watched();
  };
  const server = await serve(await behind(), { port: 0, tls: localhost, errors() {} });
  closes.unshift(() => server.close({ grace: 100 }));
  const client = clients[wire === 'HTTP/2' ? 'http2' : 'http1'](server.port ?? 0);
  return {
    wire,
    client,
    folder,
    violations: () => [...found, ...(existsSync(log) ? readFileSync(log, 'utf8').trim().split('\n') : [])],
    async close() {
      client.close();
      for (const close of closes) await close();
      rmSync(folder, { recursive: true, force: true });
    },
  };
}
