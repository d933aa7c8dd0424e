export { declaredLength, environFromVariables, type VariablesOptions } from './lib/cgi-environ.ts';
export { CgiHeadParser, type CgiHead } from './lib/cgi-head-parser.ts';
export { cgiHeadText } from './lib/cgi-head-text.ts';
export { cgiRefusal } from './lib/cgi-refusal.ts';
export { variablesFromEnviron } from './lib/environ-variables.ts';
export { localRedirect } from './lib/local-redirect.ts';
