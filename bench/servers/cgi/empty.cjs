// What Node costs before a program has done anything.
process.exitCode = 0;
