import { parseAuthority } from '../environ/host.ts';
import { percentDecode } from '../environ/percent-encoding.ts';
import type { EnvironUnderCheck } from './environ-under-check.ts';
import { quoted } from './found.ts';

function checkScriptName(check: EnvironUnderCheck, script: string): void {
  if (script === '/') {
    check.fault('R26', "SCRIPT_NAME is '/': expected an empty one, and PATH_INFO '/'");
  } else if (script !== '' && !script.startsWith('/')) {
    check.fault('R26', `SCRIPT_NAME is ${quoted(script)}: expected an empty one, or one that begins with /`);
  } else if (script.endsWith('/')) {
    check.suspicion(
      'R26',
      `SCRIPT_NAME is ${quoted(script)}: the / at its end doubles the one that begins PATH_INFO; leave it out`,
    );
  }
}

function checkPathInfo(check: EnvironUnderCheck, path: string, method: string | undefined): void {
  if (path === '' || path.startsWith('/')) return;
  if (path === '*') {
    if (method !== 'OPTIONS')
      check.fault('R27', `PATH_INFO is '*' for ${method ?? 'no method'}: expected that for OPTIONS alone`);
  } else if (parseAuthority(path)?.port) {
    if (method !== 'CONNECT')
      check.fault(
        'R27',
        `PATH_INFO is ${quoted(path)} for ${method ?? 'no method'}: expected host:port for CONNECT alone`,
      );
  } else {
    const hint = /^https?:/i.test(path) ? '; an absolute target is its path here, and its host goes to HTTP_HOST' : '';
    check.fault('R27', `PATH_INFO is ${quoted(path)}: expected an empty one, or one that begins with /${hint}`);
  }
}

/** R29: only what is certain; a front end or a middleware may have rewritten the path. */
function checkDecoding(check: EnvironUnderCheck, uri: string, path: string): void {
  const [target = ''] = uri.split('?', 1);
  const raw = target.replace(/^https?:\/\/[^/]*/i, '');
  const once = percentDecode(raw);
  if (path === once) return;
  if (path === raw) {
    check.fault('R29', `the path is ${quoted(path)}, as in REQUEST_URI: expected it percent-decoded, once, to bytes`);
  } else if (path === percentDecode(once)) {
    check.fault(
      'R29',
      `the path is ${quoted(path)} and REQUEST_URI is ${quoted(uri)}: it was percent-decoded twice; expected once`,
    );
  }
}

function checkQuery(check: EnvironUnderCheck, uri: string, query: string): void {
  const mark = uri.indexOf('?');
  const raw = mark === -1 ? '' : uri.slice(mark + 1);
  if (query.startsWith('?') && query === `?${raw}`) {
    check.fault('R30', `QUERY_STRING is ${quoted(query)}: expected what follows the first ?, without it`);
  } else if (query !== raw && query === percentDecode(raw)) {
    check.fault(
      'R30',
      `QUERY_STRING is ${quoted(query)} and REQUEST_URI is ${quoted(uri)}: expected the query as it came, not decoded`,
    );
  }
}

/** Checks where the request goes, in its decoded parts and as it came (R26 to R30). */
export function checkPath(check: EnvironUnderCheck): void {
  const method = check.text('REQUEST_METHOD');
  const script = check.text('SCRIPT_NAME');
  const path = check.text('PATH_INFO');
  const uri = check.text('REQUEST_URI');
  const query = check.text('QUERY_STRING');
  if (script !== undefined) checkScriptName(check, script);
  if (path !== undefined) checkPathInfo(check, path, method);
  if (script === '' && path === '') {
    check.fault('R28', "SCRIPT_NAME and PATH_INFO are both empty: expected PATH_INFO '/'");
  }
  if (uri === '') check.fault('R29', 'REQUEST_URI is empty: expected the target as it came');
  if (uri !== undefined && script !== undefined && path !== undefined) checkDecoding(check, uri, script + path);
  if (uri !== undefined && query !== undefined) checkQuery(check, uri, query);
}
