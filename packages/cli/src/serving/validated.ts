import type { App } from '@tsgi/core';
import type { Violation } from '@tsgi/core/validator';
import { logLine } from '../command-line/standard-streams.ts';

/** Different violations that are logged; an application that puts data of a request into them could make any number. */
const MOST_VIOLATIONS = 1000;

/** The application under the validator: violations are logged, and everything is served as without it. */
export async function validated(app: App): Promise<App> {
  const { validator, violationText } = await import('@tsgi/core/validator');
  return validator(app, { onViolation: logOnce(violationText) });
}

/** What every request does wrong is said for the first one. */
function logOnce(violationText: (violation: Violation) => string): (violation: Violation) => void {
  const logged = new Set<string>();
  return (violation) => {
    const { rule, severity, side, message } = violation;
    const fault = [rule, severity, side, message].join(' ');
    if (logged.size >= MOST_VIOLATIONS || logged.has(fault)) return;
    logged.add(fault);
    logLine(`validator: ${violationText(violation)}`);
    if (logged.size === MOST_VIOLATIONS)
      logLine(`validator: ${MOST_VIOLATIONS} violations logged, and no more will be`);
  };
}
