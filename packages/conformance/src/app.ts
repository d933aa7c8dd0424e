// What a server under test is asked to serve: `tsgi serve node_modules/@tsgi/conformance/dist/app.js`.
export { conformanceApp as default } from './lib/conformance-app.ts';
