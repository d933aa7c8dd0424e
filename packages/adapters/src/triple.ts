export { fromTriple, toTriple, type Triple, type TripleApp, type TripleBody } from './triple/triple.ts';
