// Runs the audits of graphql-http against a server; prints what each says.
import { serverAudits } from "graphql-http";

const [url, token] = process.argv.slice(2);

const audits = serverAudits({
  url,
  fetchFn: (input, init) =>
    fetch(input, { ...init, headers: { ...init?.headers, authorization: `Bearer ${token}` } }),
});
const results = [];
for (const audit of audits) {
  const { status, reason } = await audit.fn();
  results.push({ id: audit.id, name: audit.name, status, reason });
}
console.log(JSON.stringify(results));
