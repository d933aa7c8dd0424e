export type { Answer, AnswerHead } from './wires/answer.ts';
export type { CaseApp, CaseGroup, ConformanceCase, Expectation, Seen, Talk } from './run/case.ts';
export { caseGroups, caseNamed, cases, casesFor } from './run/case-table.ts';
export { conformanceApp, createConformanceApp, type ConformanceAppOptions } from './app/conformance-app.ts';
export { backendDriver, programDriver, type Driver, type StartedServer } from './run/driver.ts';
export { runCase, type CaseOptions, type CaseResult } from './run/run-case.ts';
export type { Stop } from './run/still-answering.ts';
export { runDriver, runTarget, startCases, type Run, type RunOptions } from './run/run-cases.ts';
export { matrixHtml } from './report/matrix-html.ts';
export { matrixMarkdown } from './report/matrix-markdown.ts';
export { countOutcomes } from './report/matrix.ts';
export { checkTarget } from './run/preflight.ts';
export { reportText } from './report/report-text.ts';
export { parseTarget, type ProgramTarget, type SocketTarget, type Target, type WireClient } from './wires/target.ts';
export { DirectoryStore, MemoryStore } from './app/trace-store.ts';
export type { Note, Report, Trace, TraceEntry, TraceStore } from './app/trace.ts';
export type { NamedWire, Wire, WireFacts, WireKind } from './wires/wire.ts';

// What a wire client of somebody else's is made of.
export { parseCgiAnswer, type Envelope } from './wires/cgi-answer.ts';
export type { Channel, Ending } from './wires/channel.ts';
export { metaVariables } from './wires/meta-variables.ts';
export { Peer, type WireFormat } from './wires/peer.ts';
export type { TaggedRequest } from './wires/request.ts';
export { SocketChannel } from './wires/socket-channel.ts';
