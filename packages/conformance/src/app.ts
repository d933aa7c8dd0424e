// What a server under test is asked to serve: `tsgi serve node_modules/@tsgi/conformance/dist/app.js`. A program that is
// started for each request imports this and nothing of the kit's own clients.
export { conformanceApp as default, createConformanceApp } from './app/conformance-app.ts';
