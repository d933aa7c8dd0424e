import { describe, expect, it } from 'vitest';
import { copyEnviron, type Environ } from '../src/index.ts';
import { emptyInput, RequestBody, type RequestBodyOptions } from '../src/server.ts';
import { callApp, testEnviron } from '../src/testing.ts';
import { bytes, Conversation } from './scripted-writer.ts';

const body = (options: RequestBodyOptions, ...chunks: string[]): RequestBody => {
  const made = new RequestBody(options);
  for (const chunk of chunks) made.push(bytes(chunk));
  return made;
};

/** `tsgi.has_body` as the application sees it, before and after it has read all. */
async function seen(environ: Readonly<Record<string, unknown>>): Promise<unknown[]> {
  const values: unknown[] = [];
  const conversation = new Conversation(
    async (given, startResponse) => {
      values.push(given['tsgi.has_body']);
      await given['tsgi.input'].read();
      values.push(given['tsgi.has_body'], copyEnviron(given)['tsgi.has_body']);
      startResponse('200 OK', []);
      return [];
    },
    { environ },
  ).run();
  await conversation.finished();
  expect(conversation.errors).toBe('');
  return values;
}

const ended = (made: RequestBody): RequestBody => {
  made.end();
  return made;
};

describe('tsgi.has_body', () => {
  it('R104: is true of a body of known and of unknown length, read or not', async () => {
    expect(await seen({ CONTENT_LENGTH: '4', 'tsgi.input': body({ expected: 4 }, 'body').input })).toEqual([
      true,
      true,
      true,
    ]);
    expect(await seen({ 'tsgi.input': ended(body({}, 'chunk')).input })).toEqual([true, true, true]);
  });

  it('R104: is false without a body, and of one that is empty for certain', async () => {
    expect(await seen({})).toEqual([false, false, false]);
    expect(await seen({ CONTENT_LENGTH: '0', 'tsgi.input': ended(body({})).input })).toEqual([false, false, false]);
    expect(await seen({ 'tsgi.input': body({ expected: 0 }).input })).toEqual([false, false, false]);
    expect(await seen({ 'tsgi.input': ended(body({})).input })).toEqual([false, false, false]);
  });

  it('R104: is not taken back when a body of unknown length turns out empty', async () => {
    const made = body({});
    let before: unknown;
    const conversation = new Conversation(
      async (environ, startResponse) => {
        before = environ['tsgi.has_body'];
        made.end();
        await environ['tsgi.input'].read();
        startResponse('200 OK', []);
        return [bytes(String(environ['tsgi.has_body']))];
      },
      { environ: { 'tsgi.input': made.input } },
    ).run();
    await conversation.finished();
    expect([before, conversation.writer.body]).toEqual([true, 'true']);
  });

  it('R104: is of what the server gave, whatever a middleware puts in its place', async () => {
    const wrap = (environ: Environ): Environ => copyEnviron(environ, { 'tsgi.input': { ...emptyInput } });
    const { text } = await callApp((environ, startResponse) => {
      startResponse('200 OK', []);
      return [bytes(String(wrap(environ)['tsgi.has_body']))];
    });
    expect(text).toBe('false');
    expect(copyEnviron(testEnviron(), { 'tsgi.has_body': true })['tsgi.has_body']).toBe(true);
    expect(testEnviron({ body: 'a' })['tsgi.has_body']).toBe(true);
    expect(testEnviron()['tsgi.has_body']).toBe(false);
  });
});
