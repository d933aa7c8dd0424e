import { describe, expect, it } from 'vitest';
import { createErrorStream } from '../src/server.ts';

describe('tsgi.errors', () => {
  it('R55: takes text, line by line or many, as it is', () => {
    const seen: string[] = [];
    const errors = createErrorStream((text) => seen.push(text));
    errors.write('one\n');
    errors.write('');
    errors.writelines(['two', 'three\n']);
    errors.writelines(new Set(['four']));
    errors.flush();
    expect(seen).toEqual(['one\n', '', 'two', 'three\n', 'four']);
  });

  it('R55: takes any Unicode; lone surrogates are replaced', () => {
    const seen: string[] = [];
    const errors = createErrorStream((text) => seen.push(text));
    errors.write('тест 🎉 \u0000');
    errors.write('a\ud800b\udc00');
    expect(seen).toEqual(['тест 🎉 \u0000', 'a\ufffdb\ufffd']);
  });

  it('R55: what is not text is a TypeError', () => {
    const errors = createErrorStream(() => {});
    for (const text of [new Uint8Array(1), 1, null, undefined, {}]) {
      expect(() => errors.write(text as string)).toThrow(TypeError);
      expect(() => errors.writelines([text as string])).toThrow('R55');
    }
  });

  it('R55: write works without its object', () => {
    const seen: string[] = [];
    const { write } = createErrorStream((text) => seen.push(text));
    write('a');
    expect(seen).toEqual(['a']);
  });
});
