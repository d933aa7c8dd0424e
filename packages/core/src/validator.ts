export { chapters, rules, type Chapter } from './lib/validator/catalogue.ts';
export type { Rule, RuleExample, SeenRule, UnseenRule } from './lib/validator/catalogue/rule.ts';
export { checkApp, type CheckOptions } from './lib/validator/check/check-app.ts';
export type { Place } from './lib/validator/check/place.ts';
export type { CheckReport, Failure, Finding } from './lib/validator/check/report.ts';
export { checkReportText, type ReportTextOptions } from './lib/validator/check/report-text.ts';
export type { OnViolation } from './lib/validator/reporter.ts';
export { validator, type ValidatorOptions } from './lib/validator/validator.ts';
export {
  TsgiViolationError,
  violationText,
  type Severity,
  type Side,
  type Violation,
  type ViolationRequest,
} from './lib/validator/violation.ts';
