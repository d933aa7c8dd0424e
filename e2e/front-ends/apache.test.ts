import { testFrontEnds } from './matrix.ts';

testFrontEnds('apache');
