#!/usr/bin/env node
// hello.js as a CGI program. It has to be executable: chmod +x hello.cgi
//
// Node takes a name that ends in .cgi for CommonJS, where import is a function; in a folder below a package.json of type
// "module" it would refuse it, and so this folder has one of its own. A program called hello.mjs can have import statements;
// so can one called just hello, but not in a folder of type "commonjs" such as this one.
Promise.all([import('@tsgi/cgi-backend'), import('../hello.js')]).then(([{ serve }, hello]) => serve(hello.default));
