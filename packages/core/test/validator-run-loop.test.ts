import { TsgiError, type Header } from '@tsgi/core';
import { checkHead } from '@tsgi/core/server';
import { describe, expect, it } from 'vitest';
import { check, plain } from './validator-driver.ts';

// The run loop refuses a bad head always, the validator explains it: they must not disagree on what is bad.

const statuses: unknown[] = [
  '200',
  '200OK',
  '20X OK',
  '099 Low',
  '1000 High',
  '200 O\nK',
  '200 O\0K',
  200,
  undefined,
  '100 Continue',
  '199 x',
];
const lists: unknown[] = [
  'Content-Type',
  { 'Content-Type': 'text/plain' },
  [['Content-Type']],
  [['a', 'b', 'c']],
  [['a', 5]],
  [[5, 'a']],
  ['a'],
  [['', 'a']],
  [['a b', 'c']],
  [['a:', 'c']],
  [['a\r\n', 'c']],
  [['Status', '200']],
  ...['Connection', 'keep-alive', 'TE', 'Trailers', 'Transfer-Encoding', 'Upgrade', 'Proxy-Authenticate'].map(
    (name) => [[name, 'x']],
  ),
  [['a', 'b\nc']],
  [['a', 'b\0c']],
  [['a', 'b\x7fc']],
  [['Content-Length', '-1']],
  [['Content-Length', '1e3']],
  [['Content-Length', '']],
  [
    ['Content-Length', '0'],
    ['Content-Length', '0'],
  ],
];
const goodStatuses = ['200 OK', '200 ', '404 Not Found', '599 Caf\xe9', '999 x\ty'];
const goodLists: Header[][] = [[], [["!#$%&'*+.^`|~0", 'x']], [['a', '\tb\xff']], [['a', '']], [['Trailer', 'x']]];

function runLoop(status: unknown, headers: unknown): string | undefined {
  try {
    checkHead(status as string, headers as Header[], false);
    return undefined;
  } catch (error) {
    return error instanceof TsgiError ? error.rule : String(error);
  }
}

async function validated(status: unknown, headers: unknown): Promise<string | undefined> {
  const { violations } = await check((_environ, startResponse) => {
    try {
      startResponse(status, headers);
    } catch {
      startResponse('500 Internal Server Error', plain, new Error('refused'));
    }
    return [];
  });
  return violations.find((violation) => violation.severity === 'error')?.rule;
}

describe('the validator and the run loop', () => {
  it.each(statuses.map((status) => [status]))('refuse the status %j by the same rule', async (status) => {
    expect(runLoop(status, plain)).toBeDefined();
    expect(await validated(status, plain)).toBe(runLoop(status, plain));
  });

  it.each(lists.map((list) => [list]))('refuse the headers %j by the same rule', async (list) => {
    expect(runLoop('200 OK', list)).toBeDefined();
    expect(await validated('200 OK', list)).toBe(runLoop('200 OK', list));
  });

  it.each(goodStatuses)('accept the status %j', async (status) => {
    expect([runLoop(status, plain), await validated(status, plain)]).toEqual([undefined, undefined]);
  });

  it.each(goodLists.map((list) => [list]))('accept the headers %j', async (list) => {
    expect([runLoop('200 OK', list), await validated('200 OK', list)]).toEqual([undefined, undefined]);
  });

  it('both refuse what is beyond a byte, which the validator calls by its own rule', async () => {
    expect([runLoop('200 ✓', plain), await validated('200 ✓', plain)]).toEqual(['R56', 'R23']);
    expect([runLoop('200 OK', [['a', '✓']]), await validated('200 OK', [['a', '✓']])]).toEqual(['R59', 'R23']);
  });
});
