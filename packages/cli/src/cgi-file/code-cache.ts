import { spawnSync } from 'node:child_process';
import { type Chunk, type CodeCache, NODE_SAYS, oneFile } from './one-file.ts';

/** Where the child puts what it has made. */
const RESULT = 3;

const LONGEST = 30_000;
const LARGEST = 16_777_216;

/** What a request has that needs the least. */
const VARIABLES = {
  GATEWAY_INTERFACE: 'CGI/1.1',
  REQUEST_METHOD: 'GET',
  SCRIPT_NAME: '/app',
  PATH_INFO: '/',
  SERVER_NAME: 'localhost',
  SERVER_PORT: '80',
  SERVER_PROTOCOL: 'HTTP/1.1',
};

/**
 * The first chunk of a program as V8 compiles it for one request: what that has called is in it, the rest is compiled when it is
 * wanted. It runs in a process of its own, with an application that does nothing in place of the program's, which is not run.
 *
 * @param application the chunk of the application.
 * @param name the export that is the application.
 * @returns `undefined` where that failed: the file is good without.
 */
export function codeCacheOf(
  [first, ...others]: readonly [Chunk, ...Chunk[]],
  application: string,
  name: string | undefined,
): CodeCache | undefined {
  const replaced = others.map((chunk) =>
    chunk.fileName === application ? { ...chunk, code: nothing(name ?? 'app') } : chunk,
  );
  const program = oneFile([first, ...replaced]);
  const tell = `require("node:fs").writeFileSync(${RESULT},Buffer.concat([Buffer.from(${NODE_SAYS}+"\\n"),script.createCachedData()]))`;
  const text = `const script=${program};\nprocess.on("exit",()=>${tell});`;
  const { output, status } = spawnSync(process.execPath, ['-'], {
    input: text,
    env: VARIABLES,
    stdio: ['pipe', 'ignore', 'ignore', 'pipe'],
    timeout: LONGEST,
    maxBuffer: LARGEST,
  });
  const told = output?.[RESULT];
  if (status !== 0 || !Buffer.isBuffer(told)) return undefined;
  const end = told.indexOf('\n');
  return end === -1 ? undefined : { node: told.toString('latin1', 0, end), data: told.subarray(end + 1) };
}

/** However the first chunk takes it. */
function nothing(name: string): string {
  return `const app=(environ,startResponse)=>{
startResponse("200 OK",[["Content-Type","text/plain"]]);
return[new Uint8Array(6)];
};
exports.default=app;
exports[${JSON.stringify(name)}]=app;`;
}
