// A client of graphql-ws: a query, a refused document, an export asked for and followed to its end.
import { createClient } from "graphql-ws";
import WebSocket from "ws";

const [url, token] = process.argv.slice(2);
const client = createClient({
  url,
  webSocketImpl: WebSocket,
  // One socket for all that follows, rather than one for each operation.
  lazy: false,
  retryAttempts: 0,
  connectionParams: { Authorization: `Bearer ${token}` },
});

async function all(query, variables) {
  const answers = [];
  for await (const answer of client.iterate({ query, variables })) answers.push(answer);
  return answers;
}

const [viewer] = await all("{ viewer { account { name } } }");
const refused = await all("{ nothing }").catch((errors) => errors);
const [asked] = await all(
  `mutation { requestExport(input: {idempotencyKey: "followed-by-graphql-ws"}) {
    export { id } userErrors { code message } } }`,
);
const id = asked.data.requestExport.export.id;
const events = await all(
  `subscription ($id: ID!) { jobProgress(id: $id) { id ... on Export { state rowsDone } } }`,
  { id },
);
await client.dispose();
console.log(
  JSON.stringify({ viewer, refused, states: events.map((event) => event.data?.jobProgress?.state), events }),
);
