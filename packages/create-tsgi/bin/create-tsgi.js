#!/usr/bin/env node
import { create } from 'tsgi/create';

process.exitCode = await create(process.argv.slice(2));
