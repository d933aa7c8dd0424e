export { chapters, rules, type Chapter } from './validator/catalogue.ts';
export type { Rule, RuleExample, SeenRule, UnseenRule } from './validator/catalogue/rule.ts';
export { checkApp, type CheckOptions } from './validator/check/check-app.ts';
export type { Place } from './validator/check/place.ts';
export type { CheckReport, Failure, Finding } from './validator/check/report.ts';
export { checkReportText, type ReportTextOptions } from './validator/check/report-text.ts';
export type { OnViolation } from './validator/reporter.ts';
export { validator, type ValidatorOptions } from './validator/validator.ts';
export {
  TsgiViolationError,
  violationText,
  type Severity,
  type Side,
  type Violation,
  type ViolationRequest,
} from './validator/violation.ts';
