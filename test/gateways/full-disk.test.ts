import { spawnSync } from 'node:child_process';
import { statfsSync } from 'node:fs';
import type { App, Bytes, Input } from '@tsgi/core';
import { RequestBody } from '@tsgi/core/server';
import { callApp, type TestResponse } from '@tsgi/core/testing';
import { expect, it, onTestFinished } from 'vitest';
import { countingApp, folder, gatewayToApp } from './behind.ts';

/** A file system of 1 MiB, where this user may make one. */
function smallDisk(): string | undefined {
  const path = folder();
  if (spawnSync('mount', ['-t', 'tmpfs', '-o', 'size=1m', 'tmpfs', path]).status !== 0) return undefined;
  onTestFinished(() => void spawnSync('umount', [path]));
  return path;
}

function post(app: App, chunks: number): Promise<TestResponse> {
  const input: Input = {
    ...new RequestBody().input,
    async *[Symbol.asyncIterator](): AsyncGenerator<Bytes> {
      for (let index = 0; index < chunks; index++) yield new Uint8Array(65_536);
    },
  };
  return callApp(app, {
    method: 'POST',
    environ: { 'tsgi.input': input, CONTENT_LENGTH: undefined, 'tsgi.has_body': true },
  });
}

it.for(['fcgi', 'scgi'] as const)(
  '%s: a body for which the disk has no room is a 507 with a line in the log, and leaves the room to others',
  async (wire, context) => {
    const { TMPDIR } = process.env;
    onTestFinished(() => {
      if (TMPDIR === undefined) delete process.env.TMPDIR;
      else process.env.TMPDIR = TMPDIR;
    });
    const app = await gatewayToApp(wire, countingApp, { maxSpool: 1000 });
    const disk = smallDisk();
    if (disk === undefined) return context.skip('no rights to mount a file system');
    process.env.TMPDIR = disk;
    const free = (): number => statfsSync(disk).bavail;
    const before = free();
    for (let round = 0; round < 3; round++) {
      const { status, errors } = await post(app, 40);
      expect(status).toBe('507 Insufficient Storage');
      expect(errors).toContain('the request body cannot be stored until its end: ENOSPC');
      await expect.poll(free, { timeout: 15_000 }).toBe(before);
    }
    expect((await post(app, 10)).text).toBe('655360 of 655360');
  },
);
