import { setTimeout as delay } from 'node:timers/promises';
import type { IncomingMessage, ServerResponse } from 'node:http';
import { callApp } from '@tsgi/core/testing';
import { describe, expect, it } from 'vitest';
import { bridges } from './support/bridges.ts';

function watch(request: IncomingMessage, response: ServerResponse): string[] {
  const events: string[] = [];
  request.on('aborted', () => events.push('request aborted'));
  request.on('error', (error: Error & { code?: string }) => events.push(`request error ${error.code}`));
  request.on('close', () => events.push('request close'));
  response.on('finish', () => events.push('response finish'));
  response.on('close', () => events.push('response close'));
  return events;
}

// Never fired: @hono/node-server #107; at every request: srvx #152.
describe.each(bridges)('%s: a client that leaves', (_name, bridge) => {
  it('is seen as in Node', async () => {
    const leaving = new AbortController();
    let events: string[] = [];
    await callApp(
      bridge((request, response) => {
        events = watch(request, response);
        request.resume();
        setImmediate(() => leaving.abort());
      }),
      { method: 'POST', headers: [['Content-Length', '10']], body: 'half', signal: leaving.signal },
    ).catch(() => {});
    await expect.poll(() => events, { timeout: 20_000 }).toContain('response close');
    expect(events).not.toContain('response finish');
    expect(events).toContain('request aborted');
  });

  it('is none where the answer is whole: finish comes before close, and nothing is aborted', async () => {
    let events: string[] = [];
    await callApp(
      bridge(async (request, response) => {
        events = watch(request, response);
        for await (const _piece of request);
        await delay(5);
        response.setHeader('Content-Type', 'text/plain').end('whole');
      }),
      { method: 'POST', body: 'all' },
    );
    await expect.poll(() => events, { timeout: 20_000 }).toContain('response close');
    expect(events.filter((event) => /aborted|error/.test(event))).toEqual([]);
    expect(events.indexOf('response finish')).toBeLessThan(events.indexOf('response close'));
  });

  it.each([
    ['response', (_request: IncomingMessage, response: ServerResponse) => response.destroy()],
    ['request', (request: IncomingMessage) => request.destroy()],
    ['socket', (request: IncomingMessage) => request.socket.destroy()],
    [
      'socket, after its first bytes',
      (request: IncomingMessage, response: ServerResponse) => {
        response.writeHead(200, { 'Content-Type': 'text/plain' });
        response.write('x');
        setImmediate(() => request.socket.destroy());
      },
    ],
  ])('an application that destroys its %s hears of it at both messages', async (_what, destroy) => {
    let events: string[] = [];
    await callApp(
      bridge((request, response) => {
        events = watch(request, response);
        destroy(request, response);
      }),
    ).catch(() => {});
    await expect.poll(() => events, { timeout: 20_000 }).toContain('request close');
    expect(events).toContain('request aborted');
    expect(events).toContain('response close');
    expect(events).not.toContain('response finish');
  });

  it('ends the waiting of a writer', async () => {
    const leaving = new AbortController();
    const outcome = await new Promise<string>((resolve) => {
      void callApp(
        bridge((_request, response) => {
          response.on('close', () => resolve(response.writableFinished ? 'finished' : 'closed'));
          response.writeHead(200, { 'Content-Type': 'text/plain' });
          response.write('x');
          setImmediate(() => leaving.abort());
        }),
        { signal: leaving.signal },
      );
    });
    expect(outcome).toBe('closed');
  });
});
