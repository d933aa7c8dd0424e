import type { Rule } from './rule.ts';

/** R103 onwards: what the contract has gained since it was first written down. */
export const GAINED: readonly Rule[] = [
  {
    id: 'R103',
    binds: ['app', 'server'],
    severity: 'error',
    title: '`tsgi.send_head` sends the stored head now',
    explanation:
      'For a stream that is slow to begin: the peer sees status and headers before there is a first byte. It takes the application’s own `startResponse` (R91), which must have been called. Once the head is out it does nothing, and `excInfo` is thrown (R72). An answer without a body is over with its head. A middleware that changes or holds back heads gives a `tsgi.send_head` of its own, or takes it away.',
    source: 'the design; flushHeaders() of Node; the head of a fetch stream',
    example: {
      of: 'app',
      wrong:
        "export default (environ, startResponse) => {\n  environ['tsgi.send_head'](startResponse);\n  startResponse('200 OK', plain);\n  return [];\n};",
      right:
        "export default (environ, startResponse) => {\n  startResponse('200 OK', plain);\n  environ['tsgi.send_head'](startResponse);\n  return [];\n};",
    },
  },
  {
    id: 'R104',
    binds: ['server'],
    severity: 'error',
    title: '`tsgi.has_body` says whether a body comes',
    explanation:
      'True for one of known length that is not 0, and for one of unknown length, as chunked ones are; it may turn out empty then. False where `tsgi.input` gives nothing. `CONTENT_LENGTH` alone cannot tell, and `Transfer-Encoding` never reaches an application (R38). A middleware that gives a body where there was none says so.',
    source: 'the design; body parsers, which look for `transfer-encoding`',
    example: {
      of: 'server',
      wrong: "environ['tsgi.has_body'] = 'no';",
      right: "environ['tsgi.has_body'] = false;",
    },
  },
];
