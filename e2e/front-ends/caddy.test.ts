import { testFrontEnds } from './matrix.ts';

testFrontEnds('caddy');
