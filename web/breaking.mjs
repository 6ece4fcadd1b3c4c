// Compares two schemas as a client of the first would: what it could ask before and could not ask of the second.
//
//     node breaking.mjs OLD.graphql NEW.graphql
//
// Prints what became impossible, and fails where anything did. What is only new breaks nobody.
import { readFileSync } from 'node:fs';
import { buildSchema, findBreakingChanges, findDangerousChanges } from 'graphql';

const [older, newer] = process.argv.slice(2).map((path) => buildSchema(readFileSync(path, 'utf8')));
if (!newer) {
  console.error('node breaking.mjs OLD.graphql NEW.graphql');
  process.exit(2);
}
const told = (changes) => changes.map(({ type, description }) => `${type}: ${description}`).join('\n');
const breaking = findBreakingChanges(older, newer);
const dangerous = findDangerousChanges(older, newer);
if (breaking.length > 0) console.error(told(breaking));
console.log(`${breaking.length} breaking changes, ${dangerous.length} that a client may notice`);
console.log(told(dangerous));
process.exit(breaking.length === 0 ? 0 : 1);
