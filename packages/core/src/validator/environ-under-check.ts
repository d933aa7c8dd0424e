/** An environ under check: its texts, as far as they are texts, and whom to tell. */
export interface EnvironUnderCheck {
  readonly environ: Readonly<Record<string, unknown>>;
  text(key: string): string | undefined;
  fault(rule: string, message: string): void;
  suspicion(rule: string, message: string): void;
}
