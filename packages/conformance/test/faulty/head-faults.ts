import type { Bytes, Header } from '@tsgi/core';
import { type FaultyServer, wrongLoop } from './faulty-server.ts';
import { type PendingHead, ReferenceExchange } from './reference-exchange.ts';

/** A head that nobody checked. */
function unchecked(status: string, headers: readonly Header[], method: string): PendingHead {
  const length = headers.find(([name]) => String(name).toLowerCase() === 'content-length')?.[1];
  const hasBody = method !== 'HEAD' && !/^(?:204|304)/.test(status);
  return { status, headers, length: length === undefined ? -1 : Number(length), hasBody };
}

/** The right check, but for heads of which something is not looked at. */
function lenient(mend: (status: string, headers: Header[]) => [string, Header[]]): typeof ReferenceExchange {
  return class extends ReferenceExchange {
    override check(status: string, headers: Header[]): PendingHead {
      super.check(...mend(status, headers));
      return unchecked(status, headers, this.environ.REQUEST_METHOD);
    }
  };
}

const without = (headers: Header[], bad: (header: Header) => boolean): Header[] =>
  headers.filter((header) => !bad(header));

/** Run loops that send the head too early, mix two of them, or do not look at what they send. */
export const headFaults: readonly FaultyServer[] = [
  wrongLoop(
    'excInfo leaks the headers of the first head',
    'a-replacement-replaces-every-header',
    class extends ReferenceExchange {
      override replace(before: PendingHead | undefined, after: PendingHead): PendingHead {
        return { ...after, headers: [...(before?.headers ?? []), ...after.headers] };
      }
    },
  ),
  wrongLoop(
    'excInfo leaves the length of the first head in force',
    'a-replacement-replaces-the-length',
    class extends ReferenceExchange {
      override replace(before: PendingHead | undefined, after: PendingHead): PendingHead {
        return { ...after, length: before?.length ?? after.length };
      }
    },
  ),
  wrongLoop(
    'excInfo leaves a status without body in force',
    'a-replacement-replaces-a-status-without-body',
    class extends ReferenceExchange {
      override replace(before: PendingHead | undefined, after: PendingHead): PendingHead {
        return { ...after, hasBody: before?.hasBody ?? after.hasBody };
      }
    },
  ),
  wrongLoop(
    'the head goes out with an empty first chunk',
    'an-empty-first-chunk-does-not-send-the-head',
    class extends ReferenceExchange {
      override isNothing(chunk: Bytes): boolean {
        this.sendHead();
        return super.isNothing(chunk);
      }
    },
  ),
  wrongLoop(
    'the head goes out at startResponse',
    'start-response-does-not-send-the-head',
    class extends ReferenceExchange {
      override replace(before: PendingHead | undefined, after: PendingHead): PendingHead {
        this.pending = super.replace(before, after);
        this.sendHead();
        return this.pending;
      }
    },
  ),
  wrongLoop(
    'excInfo after the head is ignored',
    'exc-info-after-the-head-is-thrown',
    class extends ReferenceExchange {
      override tooLate(): void {}
    },
  ),
  wrongLoop(
    'excInfo after the head is wrapped',
    'exc-info-after-the-head-is-thrown-as-it-came',
    class extends ReferenceExchange {
      override tooLate(excInfo: unknown): void {
        throw new Error('too late', { cause: excInfo });
      }
    },
  ),
  wrongLoop(
    'excInfo that is falsy counts for nothing',
    'exc-info-may-be-the-empty-string',
    class extends ReferenceExchange {
      override isSupplied(excInfo: unknown): boolean {
        return Boolean(excInfo);
      }
    },
  ),
  wrongLoop(
    'excInfo that is null counts',
    'exc-info-that-is-null-was-not-supplied',
    class extends ReferenceExchange {
      override isSupplied(excInfo: unknown): boolean {
        return excInfo !== undefined;
      }
    },
  ),
  wrongLoop(
    'a second head without excInfo is accepted',
    'a-second-head-without-exc-info-is-refused',
    class extends ReferenceExchange {
      override start(...args: Parameters<ReferenceExchange['start']>): ReturnType<ReferenceExchange['start']> {
        this.started = false;
        return super.start(...args);
      }
    },
  ),
  wrongLoop(
    'a refused head does not count as the first',
    'after-a-refused-head-a-new-one-needs-exc-info',
    class extends ReferenceExchange {
      override check(...args: Parameters<ReferenceExchange['check']>): PendingHead {
        try {
          return super.check(...args);
        } catch (error) {
          this.started = false;
          throw error;
        }
      }
    },
  ),
  wrongLoop(
    'a status without a reason is accepted',
    'a-code-alone-is-no-status',
    lenient((status, headers) => [status.length === 3 ? '200 OK' : status, headers]),
  ),
  wrongLoop(
    'line breaks in a status are accepted',
    'a-status-with-crlf-is-no-status',
    lenient((status, headers) => [status.replaceAll(/[\r\n]/g, ''), headers]),
  ),
  wrongLoop(
    'an interim status is accepted as the last word',
    '103-early-hints-is-no-status',
    lenient((status, headers) => [status.replace(/^1/, '2'), headers]),
  ),
  wrongLoop(
    'line breaks in a value are accepted',
    'a-value-with-crlf-is-no-value',
    lenient((status, headers) => [status, headers.map(([name, value]) => [name, value.replaceAll(/[\r\n]/g, '')])]),
  ),
  wrongLoop(
    'characters beyond a byte are cut down to one',
    'characters-that-end-in-cr-and-lf'.replace(/^/, 'a-value-with-').concat('-is-no-value'),
    lenient((status, headers) => [status, headers.map(([name, value]) => [name, value.replaceAll(/[^\0-\xff]/g, '')])]),
  ),
  wrongLoop(
    'a name with a space is accepted',
    'a-name-with-a-space-is-no-name',
    lenient((status, headers) => [status, without(headers, ([name]) => name.includes(' '))]),
  ),
  wrongLoop(
    'a Status header is accepted',
    'a-status-header-is-refused',
    lenient((status, headers) => [status, without(headers, ([name]) => name === 'Status')]),
  ),
  wrongLoop(
    'hop-by-hop headers are dropped without a word',
    'the-header-transfer-encoding-is-refused',
    class extends ReferenceExchange {
      override check(status: string, headers: Header[]): PendingHead {
        return super.check(
          status,
          without(headers, ([name]) => /^(?:connection|transfer-encoding)$/i.test(name)),
        );
      }
    },
  ),
  wrongLoop(
    'a second Content-Length is accepted',
    'equal-content-lengths-are-refused',
    lenient((status, headers) => [status, without(headers, ([name]) => name.toLowerCase() === 'content-length')]),
  ),
  wrongLoop(
    'headers are read when they are sent',
    'headers-are-copied-at-start-response',
    lenient((status, headers) => [status, headers]),
  ),
  wrongLoop(
    'repeated headers are joined',
    'cookies-are-sent-apart-and-in-order',
    class extends ReferenceExchange {
      override check(status: string, headers: Header[]): PendingHead {
        const joined = new Map<string, string>();
        for (const [name, value] of headers) {
          const known = joined.get(name.toLowerCase());
          joined.set(name.toLowerCase(), known === undefined ? value : `${known}, ${value}`);
        }
        return super.check(status, [...joined]);
      }
    },
  ),
  wrongLoop(
    'a 204 has a length and a body',
    'the-body-of-a-204-is-dropped',
    class extends ReferenceExchange {
      override check(status: string, headers: Header[]): PendingHead {
        return { ...super.check(status, headers), hasBody: true };
      }
    },
  ),
  wrongLoop(
    'the end of a body without a head is a 200',
    'an-empty-body-without-start-response-is-a-500',
    class extends ReferenceExchange {
      override finish(): void {
        this.pending ??= { status: '200 OK', headers: [], length: 0, hasBody: true };
        super.finish();
      }
    },
  ),
];
