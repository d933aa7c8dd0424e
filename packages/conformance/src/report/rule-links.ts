/** Where the rules are explained, for a report that is read elsewhere. */
const SPECIFICATION = 'https://github.com/tsgi/tsgi/blob/main/docs/spec.md';

/** How a report is written. */
export interface ReportOptions {
  /** Where rule numbers lead: the specification, without the rule. */
  readonly specification?: string;
}

/** Gives each rule number to `link`; what is no rule of ours stays as it is. */
export function linkedRules(
  rules: string,
  { specification = SPECIFICATION }: ReportOptions,
  link: (rule: string, address: string) => string,
): string {
  return rules.replaceAll(/\bR\d{1,3}\b/g, (rule) => link(rule, `${specification}#${rule.toLowerCase()}`));
}
