import { validator, violationText } from '@tsgi/core/validator';
import * as fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { run, scripts } from './validator-scripts.ts';

describe('a right application under the validator', () => {
  it('does what it does without, step by step, and in silence', async () => {
    await fc.assert(
      fc.asyncProperty(scripts, async (script) => {
        const bare = await run((app) => app, script);
        expect(await run(validator, script)).toEqual(bare);
        expect(await run((app) => validator(validator(app)), script)).toEqual(bare);
        const violations: string[] = [];
        const collected = await run(
          (app) => validator(app, { onViolation: (found) => violations.push(violationText(found)) }),
          script,
        );
        expect(collected).toEqual(bare);
        expect(violations).toEqual([]);
      }),
      { numRuns: 500 },
    );
  });
});
