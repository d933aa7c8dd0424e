import { amount, duration, type NumberRules } from './number-options.ts';

/** The numbers that every gateway obeys: `ForwardOptions` says what each of them means. */
export const forwardRules: NumberRules<'responseTimeout' | 'idleTimeout' | 'maxBody' | 'maxSpool'> = {
  responseTimeout: duration(60_000),
  idleTimeout: duration(60_000),
  maxBody: amount(Infinity),
  maxSpool: amount(16_777_216),
};
