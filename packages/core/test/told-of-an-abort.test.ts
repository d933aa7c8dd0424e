import { describe, expect, it } from 'vitest';
import { copyEnviron, onAbort, TsgiAbortError, type Environ } from '../src/index.ts';
import { testEnviron } from '../src/testing.ts';
import { bytes, Conversation, settle } from './scripted-writer.ts';

const gone = new TsgiAbortError('gone');

function waiting(look: (environ: Environ, events: string[]) => void, events: string[]): Conversation {
  return new Conversation(async (environ, startResponse) => {
    look(environ, events);
    await settle();
    startResponse('200 OK', []);
    return [bytes('a')];
  }).run();
}

describe('onAbort', () => {
  it('R18: calls back once, with the reason, after the signal and before the teardown', async () => {
    const events: string[] = [];
    const conversation = waiting((environ) => {
      onAbort(environ, (reason) => events.push(`first ${reason === gone}`));
      environ['tsgi.signal'].addEventListener('abort', () => events.push('signal'));
      onAbort(copyEnviron(environ), () => events.push('second'));
      environ['tsgi.after_response'].push(() => void events.push('after'));
    }, events);
    conversation.abort(gone);
    conversation.abort(gone);
    await conversation.finished();
    expect(events).toEqual(['signal', 'first true', 'second', 'after']);
    expect(conversation.errors).toBe('');
  });

  it('R18: does not call when the response has ended, be it asked before or after', async () => {
    const events: string[] = [];
    const conversation = waiting((environ) => onAbort(environ, () => events.push('told')), events);
    await conversation.finished();
    conversation.abort(gone);
    onAbort(conversation.environ, () => events.push('late'));
    await settle();
    expect(events).toEqual([]);
  });

  it('R18: tells who asks late, but not within the call', async () => {
    const events: string[] = [];
    const conversation = waiting(() => {}, events);
    conversation.abort(gone);
    onAbort(conversation.environ, (reason) => events.push(`told ${reason === gone}`));
    expect(events).toEqual([]);
    await settle();
    expect(events).toEqual(['told true']);
  });

  it('R98: what a callback throws is logged, and the next one is called', async () => {
    const events: string[] = [];
    const conversation = waiting((environ) => {
      onAbort(environ, () => {
        throw new Error('in a callback');
      });
      onAbort(environ, () => events.push('next'));
    }, events);
    conversation.abort(gone);
    await conversation.finished();
    expect(events).toEqual(['next']);
    expect(conversation.errors).toContain('in a callback');
  });

  it('R18: follows a signal that a middleware has put in place', async () => {
    const events: string[] = [];
    const deadline = new AbortController();
    const environ = copyEnviron(testEnviron(), { 'tsgi.signal': deadline.signal });
    onAbort(environ, (reason) => events.push(String(reason)));
    deadline.abort('too late');
    onAbort(environ, (reason) => events.push(`after: ${String(reason)}`));
    await settle();
    expect(events).toEqual(['too late', 'after: too late']);
  });

  it('R18: an environ of somebody else has its signal asked', () => {
    const events: string[] = [];
    const controller = new AbortController();
    const environ = { 'tsgi.signal': controller.signal } as unknown as Environ;
    onAbort(environ, () => events.push('told'));
    controller.abort();
    expect(events).toEqual(['told']);
  });
});
