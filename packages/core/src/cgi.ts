export { AnnouncedLength } from './lib/announced-length.ts';
export { type AnswerTimeouts, CgiAnswer } from './lib/cgi-answer.ts';
export { declaredLength, environFromVariables, type VariablesOptions } from './lib/cgi-environ.ts';
export { CgiHeadParser, type CgiHead } from './lib/cgi-head-parser.ts';
export { cgiHeadText } from './lib/cgi-head-text.ts';
export { variablesFromEnviron } from './lib/environ-variables.ts';
export { gatewayError } from './lib/gateway-error.ts';
export { localRedirect } from './lib/local-redirect.ts';
