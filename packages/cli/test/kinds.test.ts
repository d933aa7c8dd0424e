import { describe, expect, it } from 'vitest';
import { choice, choices, count, duration, size, text, texts, toggle } from '../src/settings/kinds.ts';

describe('durations', () => {
  it.each([
    ['500ms', 500],
    ['2s', 2000],
    ['5m', 300_000],
    ['10', 10_000],
    ['0', 0],
    ['unlimited', Infinity],
    [Infinity, Infinity],
    ['1.5s', 1500],
    ['0.5', 500],
    [3, 3000],
    ['2S', 2000],
  ])('%j is %i ms', (value, milliseconds) => {
    expect(duration.read(value)).toBe(milliseconds);
  });

  it.each(['', 's', '5x', '-1', '+1', '1 s', '1h', '1e3', '600h', true, null, Number.NaN, -1])(
    'refuses %j',
    (value) => {
      expect(() => duration.read(value)).toThrow(
        /^expected a duration such as 500ms, 2s, 5m or a number of seconds, found /,
      );
    },
  );

  it.each(['40000m', '2147484s', '1'.repeat(20), 1e15])('says that %j is too long', (value) => {
    expect(() => duration.read(value)).toThrow(/^expected at most 35791m, or unlimited, found /);
  });

  it.each([500, 2000, 300_000, 0, 1500, Infinity])('shows %i ms so that it reads the same', (milliseconds) => {
    expect(duration.read(duration.show(milliseconds))).toBe(milliseconds);
  });
});

describe('sizes', () => {
  it.each([
    ['64k', 65_536],
    ['64K', 65_536],
    ['1m', 1_048_576],
    ['2g', 2_147_483_648],
    ['1024', 1024],
    ['0', 0],
    ['1.5k', 1536],
    [4096, 4096],
  ])('%j is %i bytes', (value, bytes) => {
    expect(size.read(value)).toBe(bytes);
  });

  it.each(['', 'k', '64kb', '-1', '1 k', true, [], {}])('refuses %j', (value) => {
    expect(() => size.read(value)).toThrow(/^expected a size such as 64k, 1m or a number of bytes, found /);
  });
});

describe('other kinds', () => {
  it('counts are whole numbers', () => {
    expect(count.read('12')).toBe(12);
    expect(count.read(12)).toBe(12);
    for (const bad of ['1.5', 1.5, '-1', '1k', '', ' 1'])
      expect(() => count.read(bad)).toThrow('expected a whole number');
  });

  it('toggles are booleans, in a variable 1 and 0 too', () => {
    expect([true, 'true', '1'].map((value) => toggle.read(value))).toEqual([true, true, true]);
    expect([false, 'false', '0'].map((value) => toggle.read(value))).toEqual([false, false, false]);
    for (const bad of ['yes', 1, 0, null, '']) expect(() => toggle.read(bad)).toThrow('expected true or false');
  });

  it('a choice names the choices', () => {
    expect(choice(['a', 'b', 'c']).read('b')).toBe('b');
    expect(() => choice(['a', 'b', 'c']).read('d')).toThrow('expected a, b or c, found "d"');
  });

  it('lists take one or several', () => {
    expect(texts('X').read('a')).toEqual(['a']);
    expect(texts('X').read(['a', 'b'])).toEqual(['a', 'b']);
    expect(choices(['a', 'b'], 'X').read(['b'])).toEqual(['b']);
    expect(() => texts('X').read(['a', 3])).toThrow('expected text, found 3');
    expect(() => choices(['a', 'b'], 'X').read(['c'])).toThrow('expected a or b, found "c"');
  });

  it('texts are not empty', () => {
    expect(() => text('X').read('')).toThrow('expected text, found ""');
  });
});
