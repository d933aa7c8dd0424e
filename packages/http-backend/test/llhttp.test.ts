import { createRequire } from 'node:module';
import { expect, test } from 'vitest';
import { BODY, FIELD, found, RequestMachine, VALUE } from '../src/http1/codec/llhttp.ts';

interface Entry {
  name: string;
  kind: string;
}
declare const WebAssembly: {
  Module: (new (binary: Uint8Array) => object) & { imports(module: object): Entry[]; exports(module: object): Entry[] };
};

const require = createRequire(import.meta.url);
const builds = ['llhttp_simd-wasm.js', 'llhttp-wasm.js'];

test.each(builds)('undici has %s, with the callbacks and the functions that we use', (file) => {
  const binary: unknown = require(`undici/lib/llhttp/${file}`);
  expect(binary).toBeInstanceOf(Uint8Array);
  const module = new WebAssembly.Module(binary as Uint8Array);
  expect(WebAssembly.Module.imports(module).map(({ name }) => name)).toEqual([
    'wasm_on_headers_complete',
    'wasm_on_message_begin',
    'wasm_on_url',
    'wasm_on_status',
    'wasm_on_header_field',
    'wasm_on_header_value',
    'wasm_on_body',
    'wasm_on_message_complete',
  ]);
  expect(WebAssembly.Module.exports(module).map(({ name }) => name)).toEqual(
    expect.arrayContaining([
      'memory',
      '_initialize',
      'malloc',
      'free',
      'llhttp_alloc',
      'llhttp_reset',
      'llhttp_execute',
      'llhttp_get_error_pos',
      'llhttp_get_error_reason',
    ]),
  );
});

function spans(text: string): [kind: number, text: string][] {
  const seen: [number, string][] = [];
  for (let index = 0; index < found.length; index += 3) {
    const [kind = -1, start, end] = found.spans.slice(index, index + 3);
    seen.push([kind, text.slice(start, end)]);
  }
  return seen;
}

test('names, values and data are found where they are; what follows a message is left', () => {
  const machine = RequestMachine.take();
  machine.start();
  const message = 'POST / HTTP/1.1\r\nA: b \r\nTransfer-Encoding: chunked\r\n\r\n3\r\nabc\r\n0\r\nC: d\r\n\r\n';
  expect(machine.execute(Buffer.from(`${message}GET`))).toBe(message.length);
  expect(found).toMatchObject({ headersComplete: true, messageComplete: true });
  expect(spans(message)).toEqual([
    [FIELD, 'A'],
    [VALUE, 'b '],
    [FIELD, 'Transfer-Encoding'],
    [VALUE, 'chunked'],
    [BODY, 'abc'],
    [FIELD, 'C'],
    [VALUE, 'd'],
  ]);
  machine.release();
});

test('an error has a reason, and `start` forgets it', () => {
  const machine = RequestMachine.take();
  machine.start();
  expect(machine.execute(Buffer.from('GET / HTTP/1.1\r\nA : b\r\n\r\n'))).toBe(-1);
  expect(machine.reason).toBe('Invalid header token');
  machine.start();
  const good = Buffer.from('GET / HTTP/1.1\r\n\r\n');
  expect(machine.execute(good)).toBe(good.length);
  expect(machine.reason).toBe('');
  machine.release();
});

test('a request that announces an upgrade ends like others', () => {
  const machine = RequestMachine.take();
  machine.start();
  const head = Buffer.from('GET / HTTP/1.1\r\nConnection: upgrade\r\nUpgrade: x\r\n\r\n');
  expect(machine.execute(head)).toBe(head.length);
  expect(found.messageComplete).toBe(true);
  machine.release();
});

test('two machines do not disturb each other, and a head longer than the room is read whole', () => {
  const one = RequestMachine.take();
  const two = RequestMachine.take();
  one.start();
  two.start();
  one.execute(Buffer.from('POST / HTTP/1.1\r\nTransfer-Encoding: chunked\r\n\r\n5\r\nab'));
  const long = Buffer.from(`GET / HTTP/1.1\r\nA: ${'b'.repeat(200_000)}\r\n\r\n`);
  expect(two.execute(long)).toBe(long.length);
  expect(one.execute(Buffer.from('cde\r\n0\r\n\r\n'))).toBe(10);
  expect(spans('cde')).toEqual([[BODY, 'cde']]);
  one.release();
  two.release();
});
