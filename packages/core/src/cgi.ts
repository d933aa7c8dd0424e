export { declaredLength, environFromVariables, type VariablesOptions } from './cgi/cgi-environ.ts';
export { CgiHeadParser, type CgiHead } from './cgi/cgi-head-parser.ts';
export { cgiHeadText, cgiRefusal } from './cgi/cgi-head-text.ts';
export { variablesFromEnviron } from './cgi/environ-variables.ts';
