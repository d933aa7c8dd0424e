import { randomUUID } from 'node:crypto';
import { constants } from 'node:fs';
import { open, unlink } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import type { Bytes } from '@tsgi/core';
import type { SpoolFile } from '@tsgi/core/forward';

const BLOCK = 65_536;

/**
 * A file for a request body, in the folder for temporary files (`TMPDIR`). It is its owner's alone, and has no name from the
 * start: however this process ends, nothing of it stays.
 *
 * @throws Error of the system.
 */
export async function openSpoolFile(): Promise<SpoolFile> {
  const { O_CREAT, O_EXCL, O_NOFOLLOW, O_RDWR } = constants;
  const path = join(tmpdir(), `tsgi-${randomUUID()}`);
  const file = await open(path, O_RDWR | O_CREAT | O_EXCL | O_NOFOLLOW, 0o600);
  let position = 0;
  let closed: Promise<void> | undefined;
  // To close waits for what is being written or read.
  const close = (): void => {
    closed ??= file.close().catch(() => {});
  };
  try {
    await unlink(path);
  } catch (error) {
    close();
    throw error;
  }
  return {
    async write(bytes) {
      for (let at = 0; at < bytes.byteLength;) {
        const { bytesWritten } = await file.write(bytes, at, bytes.byteLength - at, position);
        at += bytesWritten;
        position += bytesWritten;
      }
    },
    async *chunks(): AsyncGenerator<Bytes, void, undefined> {
      for (let at = 0; at < position;) {
        const { buffer, bytesRead } = await file.read(Buffer.allocUnsafeSlow(BLOCK), 0, BLOCK, at);
        if (bytesRead === 0) throw new Error('the file is shorter than what was written');
        at += bytesRead;
        yield buffer.subarray(0, bytesRead);
      }
    },
    close,
  };
}
