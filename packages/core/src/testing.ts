export { callApp, testEnviron, type TestRequest, type TestResponse } from './testing/call-app.ts';
