// After `changeset version`: the heading of what is not released yet becomes that of the version, with today's date.
import { readFileSync, writeFileSync } from 'node:fs';
import { publishedPackages } from './published-packages.mjs';

const file = new URL('../CHANGELOG.md', import.meta.url);
const [{ manifest }] = publishedPackages;
const text = readFileSync(file, 'utf8');
const heading = /^## \[Unreleased\].*$/m;
if (!heading.test(text)) throw new Error('CHANGELOG.md: there is no heading "## [Unreleased]"');
const today = new Date().toISOString().slice(0, 10);
writeFileSync(file, text.replace(heading, `## [Unreleased]\n\n## [${manifest.version}] - ${today}`));
console.log(`CHANGELOG.md: ${manifest.version} is dated ${today}`);
