/** A part of the program that is evaluated when it is first wanted. */
export interface Chunk {
  readonly fileName: string;
  readonly code: string;
}

/** What is before the compiled code. */
const COMMENT = '()=>{/*';

/** The first chunk as V8 compiled it. */
export interface CodeCache {
  /** As `NODE_SAYS` writes it: V8 itself refuses the code of another version, but not of another build of the same one. */
  readonly node: string;
  readonly data: Uint8Array;
}

/** An expression for which Node this is: its version, its processor, and how large its file is. */
export const NODE_SAYS = 'process.version+" "+process.arch+" "+require("node:fs").statSync(process.execPath).size';

/**
 * CommonJS chunks as one file. Each is a text that is compiled when it is wanted, so that nothing is loaded that a request does not
 * want: bundled into a single chunk, the program would begin with every module of Node that any part of it imports, `node:http`
 * for adapters that most applications do without. A text costs less than a function, which V8 looks through before it compiles
 * it.
 *
 * The first chunk, which answers, has beside it what V8 made of it in a run that answered one request: half of its start is
 * compiling. Where the file runs by another Node, it is compiled as ever. It stands in a comment, which is read quicker than a string.
 * (Node's own compile cache is a folder that everybody on a shared host may know of, and writes to.)
 *
 * @param cache as `codeCacheOf` makes it.
 */
export function oneFile([first, ...others]: readonly [Chunk, ...Chunk[]], cache?: CodeCache): string {
  const texts = others.map(({ fileName, code }) => `${nameOf(fileName)}:${JSON.stringify(code)}`);
  const compiled = cache === undefined ? [] : [JSON.stringify(cache.node), `${COMMENT}${base64(cache.data)}*/}`];
  // In parentheses a function is compiled at once.
  return `((require,main,texts,first,node,data)=>{
const loaded={__proto__:null,${nameOf(first.fileName)}:main};
const Module=main.constructor;
const load=(id)=>{
const known=loaded[id];
if(known!==undefined)return known.exports;
if(!Object.hasOwn(texts,id))return require(id);
const file=main.filename+id.slice(1).replace("/",".");
const module=loaded[id]=Object.assign(new Module(file,main),{filename:file,paths:main.paths,require:load});
try{module._compile(texts[id],file)}catch(error){delete loaded[id];throw error}
module.loaded=true;
return module.exports;
};
const cachedData=node!==undefined&&node===${NODE_SAYS}?Buffer.from(data.toString().slice(${COMMENT.length},-3),"base64"):undefined;
const{Script}=require("node:vm");
const script=new Script(first,{filename:main.filename+".server.js",cachedData});
script.runInThisContext()(Object.setPrototypeOf(load,require),main.exports,main);
return script;
})(require,module,{
${texts.join(',\n')}
},${JSON.stringify(asFunction(first.code))}${compiled.map((text) => `,\n${text}`).join('')})`;
}

/** As the chunks call each other: they are beside each other. */
function nameOf(fileName: string): string {
  return JSON.stringify(`./${fileName}`);
}

function asFunction(code: string): string {
  return `(function(require,exports,module){${code}\n})`;
}

function base64(data: Uint8Array): string {
  return Buffer.from(data.buffer, data.byteOffset, data.byteLength).toString('base64');
}
