/** The style of the page: its own, with a light and a dark face, and nothing from elsewhere. */
export const STYLE = `
:root { color-scheme: light dark; --page: #f7f7f4; --card: #fff; --ink: #1d2326; --soft: #68737a; --line: #e1e4e1;
  --pass: #1f8a5b; --fail: #c4322b; --skip: #9aa3a8; --pass-bg: #e4f4ec; --fail-bg: #fbe6e4; --skip-bg: #eff1f1; }
@media (prefers-color-scheme: dark) { :root { --page: #14181a; --card: #1c2124; --ink: #e6eaeb; --soft: #93a0a6;
  --line: #2d3438; --pass: #57c794; --fail: #ff7b72; --skip: #77838a; --pass-bg: #17332a; --fail-bg: #3d1f1e;
  --skip-bg: #252b2e; } }
* { box-sizing: border-box; }
body { margin: 0; background: var(--page); color: var(--ink); font: 15px/1.5 ui-sans-serif, system-ui, sans-serif; }
main { max-width: 78rem; margin: 0 auto; padding: 3rem 1.25rem 5rem; }
h1 { margin: 0; font-size: 2.1rem; letter-spacing: -0.02em; }
.lead { margin: 0.4rem 0 2rem; color: var(--soft); max-width: 44rem; }
.servers { display: grid; grid-template-columns: repeat(auto-fill, minmax(15.5rem, 1fr)); gap: 0.9rem; margin-bottom: 2.5rem; }
.server { background: var(--card); border: 1px solid var(--line); border-radius: 12px; padding: 1rem 1.1rem; }
.server b { display: block; overflow-wrap: anywhere; }
.server .number { font-size: 1.9rem; line-height: 1.3; font-weight: 650; font-variant-numeric: tabular-nums; }
.server p { margin: 0; color: var(--soft); font-size: 0.9rem; }
.bar { display: flex; height: 6px; border-radius: 3px; overflow: hidden; background: var(--skip-bg); margin-top: 0.6rem; }
.bar i { display: block; }
.bar .passed { background: var(--pass); } .bar .failed { background: var(--fail); } .bar .skipped { background: var(--skip); }
details { background: var(--card); border: 1px solid var(--line); border-radius: 12px; margin: 0 0 0.8rem; overflow: clip; }
summary { cursor: pointer; padding: 0.8rem 1.1rem; font-weight: 600; display: flex; gap: 0.75rem; align-items: baseline; }
summary span { margin-left: auto; font-weight: 400; color: var(--soft); font-variant-numeric: tabular-nums; }
summary:focus-visible { outline: 2px solid var(--pass); outline-offset: -2px; }
.scroll { overflow-x: auto; }
table { border-collapse: collapse; width: 100%; font-size: 0.9rem; }
th, td { padding: 0.42rem 0.8rem; border-top: 1px solid var(--line); text-align: left; vertical-align: top; }
th { color: var(--soft); font-weight: 500; vertical-align: bottom; }
th:first-child { min-width: 22rem; }
/* The case stays in sight when many servers stand beside each other. */
th:first-child, td:first-child { position: sticky; left: 0; background: var(--card); }
td.rule { white-space: nowrap; color: var(--soft); font-variant-numeric: tabular-nums; }
span.rule { display: none; color: var(--soft); font-size: 0.85rem; font-variant-numeric: tabular-nums; }
.rule a { color: inherit; text-underline-offset: 0.2em; }
.server p.stopped { color: var(--fail); margin-top: 0.5rem; overflow-wrap: anywhere; }
th.cell, td.cell { text-align: center; min-width: 5.2rem; width: 5.2rem; padding-inline: 0.35rem; }
.mark { display: inline-block; min-width: 1.7rem; border-radius: 6px; padding: 0 0.35rem; font-weight: 600; }
.mark.passed { color: var(--pass); background: var(--pass-bg); }
.mark.failed { color: var(--fail); background: var(--fail-bg); }
.mark.skipped { color: var(--skip); background: var(--skip-bg); }
ul.problems { margin: 0.3rem 0 0.2rem; padding-left: 1.1rem; color: var(--fail); font-size: 0.85rem; overflow-wrap: anywhere; }
.legend { color: var(--soft); font-size: 0.9rem; margin-top: 2rem; }
/* A phone: the names of the servers stand upright, the rule below its case, and a mark is as wide as a finger needs. */
@media (max-width: 40rem) {
  main { padding: 1.5rem 0.75rem 3rem; } h1 { font-size: 1.6rem; }
  .servers { grid-template-columns: repeat(auto-fill, minmax(9.5rem, 1fr)); gap: 0.6rem; }
  .server { padding: 0.7rem 0.8rem; } .server .number { font-size: 1.5rem; }
  summary { padding: 0.7rem 0.8rem; flex-wrap: wrap; gap: 0 0.75rem; }
  th, td { padding: 0.4rem 0.5rem; } th:first-child { min-width: 8.5rem; }
  th.rule, td.rule { display: none; } span.rule { display: block; }
  th.cell, td.cell { min-width: 1.8rem; width: 1.8rem; padding-inline: 0.1rem; }
  th.cell span { writing-mode: vertical-rl; transform: rotate(180deg); display: inline-block; white-space: nowrap; font-size: 0.75rem; }
  .mark { min-width: 1.4rem; padding: 0 0.15rem; }
}
`;
