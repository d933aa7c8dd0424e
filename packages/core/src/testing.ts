export { callApp, testEnviron, type TestRequest, type TestResponse } from './lib/call-app.ts';
