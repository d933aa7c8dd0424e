export { forwardRules } from './options/forward-rules.ts';
export {
  amount,
  checkedNumbers,
  count,
  duration,
  type NumberRule,
  type NumberRules,
  size,
} from './options/number-options.ts';
