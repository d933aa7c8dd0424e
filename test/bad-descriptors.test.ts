import { openSync } from 'node:fs';
import type { App, RunningServer } from '@tsgi/core';
import { serve as serveFcgi } from '@tsgi/fcgi-backend';
import { serve as serveHttp } from '@tsgi/http-backend';
import { serve as serveScgi } from '@tsgi/scgi-backend';
import { expect, test } from 'vitest';

const app: App = () => [];
const wires: [string, (app: App, options: { fd: number }) => Promise<RunningServer>][] = [
  ['http', serveHttp],
  ['fcgi', serveFcgi],
  ['scgi', serveScgi],
];

test.each(wires)(
  '%s: an fd that is no descriptor, is closed or cannot listen is refused by name',
  async (_wire, serve) => {
    for (const fd of [-1, 1.5, Number.NaN, Infinity]) {
      await expect(serve(app, { fd })).rejects.toThrow(
        expect.objectContaining({ code: 'BAD_ADDRESS', message: expect.stringContaining(`fd:${fd}`) }),
      );
    }
    await expect(serve(app, { fd: 4000 })).rejects.toThrow(
      expect.objectContaining({ code: 'BAD_ADDRESS', message: expect.stringContaining('it is not open') }),
    );
    await expect(serve(app, { fd: openSync('/dev/null', 'r') })).rejects.toThrow(
      expect.objectContaining({ code: 'BAD_ADDRESS', message: expect.stringContaining('it is not a socket') }),
    );
  },
);
