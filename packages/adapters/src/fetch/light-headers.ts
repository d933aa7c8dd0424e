import { type Environ, headerName } from '@tsgi/core';
import { headerVariable } from '../environ/header-names.ts';

const NativeHeaders = globalThis.Headers;
const TOKEN = /^[!#$%&'*+.^`|~0-9A-Za-z-]+$/;

/**
 * A request's `Headers` that reads the environ when it is asked, and becomes a native one only for what the environ
 * cannot say. `instanceof Headers` holds.
 */
export class LightHeaders implements Headers {
  readonly #environ: Environ;
  #native: Headers | undefined;

  constructor(environ: Environ) {
    this.#environ = environ;
  }

  get #all(): Headers {
    if (this.#native !== undefined) return this.#native;
    const headers = new NativeHeaders();
    const environ = this.#environ;
    for (const key in environ) {
      const name = headerName(key);
      const value = name === undefined ? undefined : environ[key];
      if (name !== undefined && typeof value === 'string') headers.append(name, value);
    }
    this.#native = headers;
    return headers;
  }

  /** The value where the environ itself can tell: a name with `_` is nobody's (R35), a bad one is the native's to refuse. */
  #value(name: string): string | undefined | null {
    if (this.#native !== undefined || typeof name !== 'string' || !TOKEN.test(name)) return null;
    const value = this.#environ[headerVariable(name)];
    return typeof value === 'string' ? value : undefined;
  }

  get(name: string): string | null {
    const value = this.#value(name);
    return value === null ? this.#all.get(name) : (value ?? null);
  }

  has(name: string): boolean {
    const value = this.#value(name);
    return value === null ? this.#all.has(name) : value !== undefined;
  }

  append(name: string, value: string): void {
    this.#all.append(name, value);
  }

  set(name: string, value: string): void {
    this.#all.set(name, value);
  }

  delete(name: string): void {
    this.#all.delete(name);
  }

  getSetCookie(): string[] {
    return this.#all.getSetCookie();
  }

  forEach(callback: (value: string, key: string, parent: Headers) => void, thisArgument?: unknown): void {
    for (const [name, value] of this.#all) callback.call(thisArgument, value, name, this);
  }

  keys(): ReturnType<Headers['keys']> {
    return this.#all.keys();
  }

  values(): ReturnType<Headers['values']> {
    return this.#all.values();
  }

  entries(): ReturnType<Headers['entries']> {
    return this.#all.entries();
  }

  [Symbol.iterator](): ReturnType<Headers['entries']> {
    return this.#all.entries();
  }
}

Object.setPrototypeOf(LightHeaders.prototype, NativeHeaders.prototype);
