import { testFrontEnds } from './matrix.ts';

testFrontEnds('h2o');
