import { CALL_AND_BODY } from './catalogue/call-and-body.ts';
import { ENVIRON } from './catalogue/environ.ts';
import { ENVIRON_HEADERS } from './catalogue/environ-headers.ts';
import { EXTENSIONS } from './catalogue/extensions.ts';
import { FOUND_HERE } from './catalogue/found-here.ts';
import { GAINED } from './catalogue/gained.ts';
import { HEAD } from './catalogue/head.ts';
import type { Rule } from './catalogue/rule.ts';
import { SENDING } from './catalogue/sending.ts';
import { STREAMS } from './catalogue/streams.ts';

/** A part of the contract, as the specification has it. */
export interface Chapter {
  readonly title: string;
  readonly rules: readonly Rule[];
}

/** All rules by chapter, in their order: what `docs/spec.md` is made of. */
export const chapters: readonly Chapter[] = [
  { title: 'The call and the body', rules: CALL_AND_BODY },
  { title: 'environ', rules: [...ENVIRON, ...ENVIRON_HEADERS] },
  { title: 'Input and errors', rules: STREAMS },
  { title: 'Status and headers', rules: HEAD },
  { title: 'Sending, and failing', rules: SENDING },
  { title: 'Files, extensions and wires', rules: EXTENSIONS },
  { title: 'Added by the validator', rules: FOUND_HERE },
  { title: 'Added to the contract', rules: GAINED },
];

/** All rules in order: R1 to R98 of the contract, what the validator adds (R99 to R102), what the contract gained since. */
export const rules: readonly Rule[] = chapters.flatMap((chapter) => chapter.rules);
