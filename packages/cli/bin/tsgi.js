#!/usr/bin/env node
import module from 'node:module';

// Node 22 and newer: compiled code is kept between runs, which a CGI program feels most.
module.enableCompileCache?.();
const { main } = await import('../dist/main.js');
const exitCode = await main(process.argv.slice(2));
if (exitCode !== 0) process.exitCode = exitCode;
