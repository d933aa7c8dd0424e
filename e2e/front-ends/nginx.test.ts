import { testFrontEnds } from './matrix.ts';

testFrontEnds('nginx');
