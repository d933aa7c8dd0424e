/** A part of the program that is evaluated when it is first wanted. */
export interface Chunk {
  readonly fileName: string;
  readonly code: string;
}

/** From how much code on V8's compile cache, a folder of files, is quicker than compiling. */
const WORTH_CACHING = 262_144;

/**
 * CommonJS chunks as one file. The first one runs as the file itself; each of the others is a text that a call of `require`
 * compiles and evaluates the first time. So nothing is loaded that a request does not want: bundled into a single chunk, the
 * program would begin with every module of Node that any part of it imports, `node:http` for adapters that most applications do
 * without. A text costs less than a function, which V8 looks through before it compiles it, and can be kept compiled: Node 22.1
 * and newer do that in their compile cache.
 */
export function oneFile([first, ...others]: readonly [Chunk, ...Chunk[]]): string {
  if (others.length === 0) return first.code;
  const size = others.reduce((sum, { code }) => sum + code.length, 0);
  const texts = others.map(({ fileName, code }) => `${nameOf(fileName)}:${JSON.stringify(code)}`);
  // In parentheses a function is compiled at once. It has names of its own, which must not be in the way of the file's.
  return `require=((main,texts)=>{
const node=main.require;
const loaded={__proto__:null,${nameOf(first.fileName)}:main};
const Module=main.constructor;
${size < WORTH_CACHING ? '' : 'Module.enableCompileCache?.();\n'}const load=(id)=>{
const known=loaded[id];
if(known!==undefined)return known.exports;
if(!Object.hasOwn(texts,id))return node.call(main,id);
const file=main.filename+id.slice(1).replace("/",".");
const module=loaded[id]=Object.assign(new Module(file,main),{filename:file,paths:main.paths,require:load});
try{module._compile(texts[id],file)}catch(error){delete loaded[id];throw error}
module.loaded=true;
return module.exports;
};
return Object.setPrototypeOf(load,require);
})(module,{
${texts.join(',\n')}
});
(()=>{
${first.code}
})();
`;
}

/** As the chunks call each other: they are beside each other. */
function nameOf(fileName: string): string {
  return JSON.stringify(`./${fileName}`);
}
