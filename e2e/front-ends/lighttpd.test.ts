import { testFrontEnds } from './matrix.ts';

testFrontEnds('lighttpd');
