#!/usr/bin/env node
import module from 'node:module';

// Node 22 and newer: compiled code is kept between runs, which a CGI program feels most.
module.enableCompileCache?.();

async function run() {
  const { main } = await import('../dist/main.js');
  const exitCode = await main(process.argv.slice(2));
  // A CGI program has set its own.
  if (exitCode !== 0) process.exitCode = exitCode;
}

// No top-level await: of one that an application never lets come to its end, Node would print a warning of its own.
void run();
