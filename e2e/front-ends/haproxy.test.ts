import { testFrontEnds } from './matrix.ts';

testFrontEnds('haproxy');
