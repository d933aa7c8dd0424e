import type { Body, Environ, StartResponse } from '@tsgi/core';
import type { Answer } from '../wires/answer.ts';
import type { CaseRequest } from '../wires/request.ts';
import type { Stage } from '../wires/stage.ts';
import type { Note, Report, Trace } from '../app/trace.ts';
import type { BuiltInWire, Wire, WireKind } from '../wires/wire.ts';

/** An application that also writes down what happens to it. Any `App` is one. */
export type CaseApp = (environ: Environ, startResponse: StartResponse, trace: Trace) => Body | PromiseLike<Body>;

/** All that the kit saw of one case. */
export interface Seen {
  readonly wire: Wire;
  readonly answer: Answer | undefined;
  readonly report: Report;
  /** What the talk wrote down. */
  readonly client: Readonly<Record<string, Note>>;
}

/** What a header must be: its only value, a pattern for it, all its values in order, or null: absent. */
export type HeaderExpectation = string | RegExp | readonly string[] | null;

/** What a note or a variable must be: equal, or matching; null for a variable means absent. */
export type NoteExpectation = Note | RegExp;

/** What must be seen for a case to pass. What is left out is not judged, but for the answer's wholeness and format. */
export interface Expectation {
  /** `'299 Odd'` judges the reason too; several codes are alternatives. */
  readonly status?: number | string | readonly number[];
  /** Names in lower case. */
  readonly headers?: Readonly<Record<string, HeaderExpectation>>;
  /** Text is a byte string. */
  readonly body?: string | Uint8Array | RegExp;
  /** Whether a peer may take the answer for whole. Default true; 'any' when it is not to be judged. */
  readonly complete?: boolean | 'any';
  /** The server answers for itself: the application is not called. `closed`: without an answer is right too. */
  readonly refused?: 'answered' | 'closed';
  /** There need not be an answer at all: the kit went away. */
  readonly unanswered?: true;
  /** How often the application was called. */
  readonly calls?: number;
  /** All events, in order. */
  readonly events?: readonly string[];
  readonly notes?: Readonly<Record<string, NoteExpectation>>;
  /** Of the environ's variables, as the application of `showEnviron` saw them. */
  readonly environ?: Readonly<Record<string, string | RegExp | null>>;
  /** What the talk wrote down. */
  readonly client?: Readonly<Record<string, NoteExpectation>>;
  /** Says what is wrong, if something is. */
  check?(seen: Seen): string | undefined;
}

/** The kit's side of a case. Default: sends the request, reads the answer. */
export type Talk = (stage: Stage) => Promise<Answer | undefined>;

/** One row of the table. */
export interface ConformanceCase {
  /** Says what is right, in words joined by hyphens; unique. The request names it, and the server's log may. */
  readonly name: string;
  /** `'R68'`, or several: `'R15, R98'`. */
  readonly rule: string;
  /** For wires that have one of these names or kinds. Default: all. */
  readonly wires?: readonly (BuiltInWire | WireKind)[];
  readonly app: CaseApp;
  readonly request?: CaseRequest;
  readonly talk?: Talk;
  /** A function where it depends on the wire, or is large: the table is loaded by every CGI program. */
  readonly expect: Expectation | ((wire: Wire, scheme: 'http' | 'https') => Expectation);
  /** The rule that the application breaks on purpose: a validator around it will say so. */
  readonly breaks?: string;
  /** The case is about something that a server need not have: the application notes `absent` when it is not there. */
  readonly optional?: true;
  /** The kit goes away by a reset, which UNIX sockets do not have: there, only FastCGI and HTTP/2 can tell (R96). */
  readonly needsReset?: true;
}

/** The cases of one hazard. */
export interface CaseGroup {
  readonly hazard: string;
  readonly cases: readonly ConformanceCase[];
}
