// Asks a running hub what the graphql-http package asks of every server, and prints the result as a table.
//
//     node audit.mjs http://127.0.0.1:8080/graphql TOKEN
//
// Fails where anything fails that a server must or should do.
import { serverAudits } from 'graphql-http';

const [url, token] = process.argv.slice(2);
const fetchFn = (address, init = {}) => {
  const headers = new Headers(init.headers);
  headers.set('authorization', `Bearer ${token}`);
  return fetch(address, { ...init, headers });
};

const level = (name) => name.split(' ')[0];
const counts = {};
const told = [];
for (const audit of serverAudits({ url, fetchFn })) {
  const result = await audit.fn();
  const of = (counts[level(audit.name)] ??= { ok: 0, failed: 0 });
  of[result.status === 'ok' ? 'ok' : 'failed'] += 1;
  if (result.status !== 'ok') told.push(`${audit.id} ${audit.name}: ${result.reason}`);
}

console.log('| | passed | not passed |\n|---|---|---|');
for (const name of ['MUST', 'SHOULD', 'MAY']) console.log(`| ${name} | ${counts[name].ok} | ${counts[name].failed} |`);
console.error(told.join('\n'));
process.exit(counts.MUST.failed + counts.SHOULD.failed === 0 ? 0 : 1);
