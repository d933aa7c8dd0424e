/**
 * The four wires in the order of their columns.
 *
 * @typedef {{ id: string, name: string, sentence: string }} Wire
 * @type {Wire[]}
 */
export const WIRES = [
  {
    id: 'http',
    name: 'HTTP',
    sentence:
      'The request travels as lines of text to a listening port, and the connection stays open for the next one.',
  },
  {
    id: 'fcgi',
    name: 'FastCGI',
    sentence:
      'The web server packs the request into binary records for a program that keeps running, over a connection that both keep.',
  },
  {
    id: 'scgi',
    name: 'SCGI',
    sentence:
      'All variables in one length-prefixed block, then the body, on a connection of its own; that it closes is the only sign of the answer’s end.',
  },
  {
    id: 'cgi',
    name: 'CGI',
    sentence:
      'The web server starts a program for this one request: variables in its environment, the answer on its standard output.',
  },
];
