import { describe, expect, it } from 'vitest';
import { Headers, type Header } from '../src/index.ts';

const CONTROLS = [...Array(32).keys(), 0x7f].map((code) => String.fromCharCode(code));

describe('Headers (testMappingInterface)', () => {
  it('wraps an array, or makes one', () => {
    expect(new Headers().list).toEqual([]);
    const list: Header[] = [['x', 'y']];
    const headers = new Headers(list);
    expect(headers.list).toBe(list);
    expect([...headers]).toEqual([['x', 'y']]);
  });

  it('deletes what is not there in silence', () => {
    const headers = new Headers();
    headers.delete('foo');
    expect(headers.list).toEqual([]);
  });

  it('knows names in whatever case', () => {
    const headers = new Headers();
    headers.set('Foo', 'bar');
    for (const name of ['foo', 'Foo', 'FOO']) {
      expect(headers.has(name)).toBe(true);
      expect(headers.get(name)).toBe('bar');
      expect(headers.getAll(name)).toEqual(['bar']);
    }
    expect(headers.has('bar')).toBe(false);
    expect(headers.get('bar')).toBeUndefined();
    expect(headers.getAll('bar')).toEqual([]);
    headers.set('foo', 'baz');
    expect(headers.get('FOO')).toBe('baz');
    expect(headers.getAll('foo')).toEqual(['baz']);
    expect(headers.setDefault('foo', 'whee')).toBe('baz');
    expect(headers.setDefault('zoo', 'whee')).toBe('whee');
    expect(headers.get('foo')).toBe('baz');
    expect(headers.get('zoo')).toBe('whee');
  });

  it('an empty value is a value', () => {
    const headers = new Headers([['X', '']]);
    expect(headers.has('x')).toBe(true);
    expect(headers.setDefault('x', 'y')).toBe('');
  });

  it('set replaces all of a name, append adds one, delete takes all', () => {
    const headers = new Headers([
      ['A', '1'],
      ['B', '2'],
      ['a', '3'],
    ]);
    headers.append('b', '4');
    headers.set('A', '5');
    expect(headers.list).toEqual([
      ['B', '2'],
      ['b', '4'],
      ['A', '5'],
    ]);
    headers.delete('B');
    expect(headers.list).toEqual([['A', '5']]);
  });
});

describe('Headers (testExtras)', () => {
  it('addHeader appends with parameters, as they go on the wire', () => {
    const headers = new Headers();
    expect(String(headers)).toBe('\r\n');
    headers.addHeader('foo', 'bar', { baz: 'spam' });
    expect(headers.get('foo')).toBe('bar; baz="spam"');
    expect(String(headers)).toBe('foo: bar; baz="spam"\r\n\r\n');
    headers.addHeader('Foo', 'bar', { cheese: null });
    expect(headers.getAll('foo')).toEqual(['bar; baz="spam"', 'bar; cheese']);
    expect(String(headers)).toBe('foo: bar; baz="spam"\r\nFoo: bar; cheese\r\n\r\n');
  });

  it('quotes, makes dashes of underscores, and goes beyond Latin-1 as RFC 8187 says', () => {
    const headers = new Headers();
    headers.addHeader('X', 'a', { file_name: String.raw`say "hi" \o/` });
    headers.addHeader('Y', 'a', { filename: 'caf\xe9' });
    headers.addHeader('Z', 'a', { filename: "на'ме (1)*.txt" });
    expect(headers.get('X')).toBe(String.raw`a; file-name="say \"hi\" \\o/"`);
    expect(headers.get('Y')).toBe('a; filename="caf\xe9"');
    expect(headers.get('Z')).toBe("a; filename*=UTF-8''%D0%BD%D0%B0%27%D0%BC%D0%B5%20%281%29%2A.txt");
  });
});

describe('Headers (testRequireList, testRaisesControlCharacters)', () => {
  it('R57: takes nothing but pairs', () => {
    expect(() => new Headers('foo' as unknown as Header[])).toThrow();
    expect(() => new Headers([['a']] as unknown as Header[])).toThrow('R59');
  });

  it('R58, R59: no control character in name, value or parameter, but HTAB in a value', () => {
    for (const control of CONTROLS) {
      const name = `na${control}me`;
      const value = `val${control}ue`;
      const isLegal = control === '\t';
      const stores: ((headers: Headers) => unknown)[] = [
        (headers) => headers.set('key', value),
        (headers) => headers.append('key', value),
        (headers) => headers.setDefault('key', value),
        (headers) => headers.addHeader('key', value),
        (headers) => headers.addHeader('key', 'value', { parameter: value }),
        () => new Headers([['key', value]]),
      ];
      for (const store of stores) {
        if (isLegal) expect(() => store(new Headers())).not.toThrow();
        else expect(() => store(new Headers())).toThrow(expect.objectContaining({ rule: 'R59', side: 'app' }));
      }
      const names: ((headers: Headers) => unknown)[] = [
        (headers) => headers.set(name, 'value'),
        (headers) => headers.append(name, 'value'),
        (headers) => headers.setDefault(name, 'value'),
        (headers) => headers.addHeader(name, 'value'),
        () => new Headers([[name, 'value']]),
      ];
      for (const store of names) expect(() => store(new Headers())).toThrow(expect.objectContaining({ rule: 'R58' }));
    }
    expect(() => new Headers().addHeader('X', 'a', { 'b\r\nc': 'd' })).toThrow('R59');
  });

  it('a refused value leaves the list as it was', () => {
    const headers = new Headers([['A', '1']]);
    expect(() => headers.set('A', 'b\n')).toThrow('R59');
    expect(headers.list).toEqual([['A', '1']]);
  });
});
