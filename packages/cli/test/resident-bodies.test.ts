import { randomBytes } from 'node:crypto';
import { once } from 'node:events';
import { expect } from 'vitest';
import { builtResident, replyOf, request, residentTest, startRequest, who } from './resident.ts';

const ECHO = `export default (environ, startResponse) => {
  startResponse('200 OK', [['Content-Type', 'application/octet-stream']]);
  return environ['tsgi.input'];
};`;

residentTest('a body goes up while the answer comes down', async () => {
  const file = await builtResident(ECHO);
  const body = randomBytes(5_000_000);
  const reply = await request(file, { REQUEST_METHOD: 'POST' }, body);
  expect(reply).toMatchObject({ exitCode: 0, status: '200 OK', stderr: '' });
  expect(Buffer.from(reply.body, 'latin1').equals(body)).toBe(true);
  // Bytes that nobody has sent yet are answered later.
  const child = startRequest(file, { REQUEST_METHOD: 'POST', CONTENT_LENGTH: '10' });
  const heard: string[] = [];
  child.stdout?.on('data', (chunk: Buffer) => heard.push(chunk.toString()));
  child.stdin?.write('first');
  await expect.poll(() => heard.join(''), { timeout: 20_000 }).toMatch(/first$/);
  child.stdin?.write('other');
  // The input stays open: a body is as long as it was said to be.
  await once(child, 'close');
  expect(heard.join('')).toMatch(/firstother$/);
});

residentTest('a body that nobody reads is taken, and does not keep the answer', async () => {
  const file = await builtResident(`export default (environ, startResponse) => {
    startResponse('403 Forbidden', [['Content-Type', 'text/plain']]);
    return [Buffer.from('no')];
  };`);
  const reply = await request(file, { REQUEST_METHOD: 'POST' }, randomBytes(3_000_000));
  expect(reply).toMatchObject({ exitCode: 0, status: '403 Forbidden', body: 'no' });
});

residentTest('a request without a body does not wait for its input to end', async () => {
  const file = await builtResident();
  const child = startRequest(file);
  const reply = await replyOf(child);
  expect(reply.status).toBe('200 OK');
});

residentTest(
  'the application has what describes the request, each byte of it, and the process nothing of it',
  async () => {
    const file = await builtResident();
    const found = await who(file, { HTTP_X: 'y', HOME: '/home/me', HTTP_COOKIE: 'c'.repeat(70_000) });
    expect(found.names).toContain('HTTP_X');
    expect(found.names).not.toContain('HOME');
    expect(found.env).toEqual({ HOME: '/home/me' });
    expect((await who(file, { QUERY_STRING: 'a=\u00e9' })).query).toBe('a=\u00c3\u00a9');
  },
);
