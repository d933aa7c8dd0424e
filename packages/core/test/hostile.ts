import * as fc from 'fast-check';

/** Values that nobody means well with: each throws, lies or has gone when it is looked at. */
export type Hostile = () => unknown;

const boom = (): never => {
  throw new Error('hostile');
};

function revoked(target: object): unknown {
  const { proxy, revoke } = Proxy.revocable(target, {});
  revoke();
  return proxy;
}

type Trap = 'get' | 'has' | 'getPrototypeOf' | 'ownKeys' | 'getOwnPropertyDescriptor' | 'apply' | 'set';

const trapped = (target: object, trap: Trap): unknown => new Proxy(target, { [trap]: boom });

/** Of the traps that a first look passes, the second one throws. */
function second(target: object, trap: 'get' | 'has' | 'getPrototypeOf'): unknown {
  let looks = 0;
  return new Proxy(target, {
    [trap]: (...args: unknown[]) =>
      ++looks > 1 ? boom() : Reflect.apply(Reflect[trap] as (...given: unknown[]) => unknown, undefined, args),
  });
}

const targets: readonly (() => object)[] = [
  () => ({}),
  () => [],
  () => [new Uint8Array(1)],
  () => () => {},
  () => Promise.resolve([]),
  () => new Uint8Array(3),
  () => new Error('target'),
  () => new Map(),
];

const getters = (...names: readonly PropertyKey[]): unknown =>
  Object.defineProperties(
    {},
    Object.fromEntries(names.map((name) => [name, { get: boom, enumerable: true, configurable: true }])),
  );

function promiseWith(own: Readonly<Record<string, unknown>>): unknown {
  const promise = Promise.resolve([]);
  // Somebody has to look after it, for nobody else may be able to.
  promise.catch(() => {});
  return Object.defineProperties(
    promise,
    Object.fromEntries(Object.entries(own).map(([key, value]) => [key, { value, configurable: true }])),
  );
}

const things: readonly Hostile[] = [
  ...targets.map((target) => () => revoked(target())),
  ...targets.flatMap((target) =>
    (['get', 'has', 'getPrototypeOf', 'ownKeys', 'getOwnPropertyDescriptor'] as const).map(
      (trap) => () => trapped(target(), trap),
    ),
  ),
  ...targets.flatMap((target) =>
    (['get', 'has', 'getPrototypeOf'] as const).map((trap) => () => second(target(), trap)),
  ),
  ...['then', 'message', 'stack', 'name', 'constructor', 'close', 'next', 'done', 'value', 'length', 'byteLength'].map(
    (name) => () => getters(name),
  ),
  () => getters(Symbol.iterator),
  () => getters(Symbol.asyncIterator),
  () => getters(Symbol.toPrimitive, 'toString', 'valueOf'),
  () => Object.assign(new Error('x'), { message: getters('toString') }),
  () => Object.defineProperty(new Error('x'), 'stack', { get: boom }),
  () => Object.defineProperty(new Error('x'), 'stack', { value: { toString: boom } }),
  () => Object.defineProperty(new Error('x'), 'message', { get: boom }),
  () => Object.create(Uint8Array.prototype) as unknown,
  () => Object.create(Promise.prototype) as unknown,
  () => Object.create(Error.prototype) as unknown,
  () => Object.create(null) as unknown,
  () => Symbol('hostile'),
  () => 10n,
  () => Number.NaN,
  () => null,
  () => undefined,
  () => '',
  () => 'text',
  () => Object.freeze([]),
  () => Object.defineProperty([new Uint8Array(1)], 0, { get: boom }),
  () => Object.assign([new Uint8Array(1)], { close: boom }),
  () => Object.defineProperty([new Uint8Array(1)], 'close', { get: boom }),
  () => Array.from({ length: 3 }),
  // Thenables.
  () => ({ then: boom }),
  () => ({
    then(resolve: (value: unknown) => void, reject: (error: unknown) => void) {
      resolve([new Uint8Array(1)]);
      resolve([new Uint8Array(2)]);
      reject(new Error('twice'));
      boom();
    },
  }),
  () => ({
    then(_resolve: unknown, reject: (error: unknown) => void) {
      reject(revoked({}));
      reject(new Error('twice'));
    },
  }),
  () => promiseWith({ then: boom }),
  () => promiseWith({ then: (resolve: (value: unknown) => void) => (resolve([]), resolve([])) }),
  () => promiseWith({ constructor: revoked(() => {}) }),
  () => promiseWith({ constructor: boom }),
  () => promiseWith({ catch: boom, finally: boom }),
  () => Object.defineProperty(Promise.resolve([]), 'constructor', { get: boom }),
  () =>
    class extends Promise<unknown> {
      static override get [Symbol.species](): PromiseConstructor {
        return boom();
      }
    }.resolve([]),
];

const thing: fc.Arbitrary<Hostile> = fc.constantFrom(...things);

/** Something that looks like a body, made of such things. */
const body: fc.Arbitrary<Hostile> = fc
  .record({
    symbol: fc.constantFrom<symbol>(Symbol.iterator, Symbol.asyncIterator),
    iterator: thing,
    step: thing,
    value: thing,
    returned: thing,
    closed: thing,
    depth: fc.constantFrom('iterator', 'step', 'value', 'bytes', 'throws'),
    closes: fc.constantFrom('not', 'gives', 'throws'),
  })
  .map((made) => (): unknown => {
    let steps = 0;
    const iterator = {
      next: (): unknown => {
        if (++steps > 3) return { done: true };
        if (made.depth === 'throws') throw made.value();
        if (made.depth === 'step') return made.step();
        return { done: false, value: made.depth === 'value' ? made.value() : new Uint8Array(1) };
      },
      return: () => made.returned(),
    };
    const iterable = { [made.symbol]: () => (made.depth === 'iterator' ? made.iterator() : iterator) };
    if (made.closes === 'not') return iterable;
    return Object.assign(iterable, {
      close: () => {
        if (made.closes === 'throws') throw made.closed();
        return made.closed();
      },
    });
  });

/** Any of them. */
export const hostile: fc.Arbitrary<Hostile> = fc.oneof({ weight: 3, arbitrary: thing }, { weight: 2, arbitrary: body });
