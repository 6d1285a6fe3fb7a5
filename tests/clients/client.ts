// A client as an author of a dashboard writes it: what is wrong with a field, a variable or a null does not compile.
import type { TypedDocumentNode } from "@graphql-typed-document-node/core";
import { print } from "graphql";
import { PeopleDocument } from "./generated.js";

declare const process: { argv: string[] };

const [url, token] = process.argv.slice(2) as [string, string];

async function ask<Data, Variables>(
  document: TypedDocumentNode<Data, Variables>,
  variables: Variables,
): Promise<Data> {
  const response = await fetch(url, {
    method: "POST",
    headers: { authorization: `Bearer ${token}`, "content-type": "application/json" },
    body: JSON.stringify({ query: print(document), variables }),
  });
  const answer = (await response.json()) as { data: Data; errors?: unknown };
  if (answer.errors) throw new Error(JSON.stringify(answer.errors));
  return answer.data;
}

const people = await ask(PeopleDocument, { first: 3 });
const emails: (string | null | undefined)[] = people.subscribers.nodes.map((person) => person.email);
console.log(JSON.stringify({ account: people.viewer.account?.name, emails }));
