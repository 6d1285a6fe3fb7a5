// Writes verdicts.jsonl: what graphql-js says about the documents in documents.mjs and about what a seeded
// mutator makes of them. Run it after a change of documents.mjs or schema.graphql:
//   npm install --prefix .. && node judge.mjs > verdicts.jsonl
import { readFileSync } from 'node:fs';
import {
  buildSchema, getOperationAST, getIntrospectionQuery, GraphQLError, Kind, Lexer, parse, Source, specifiedRules, validate,
} from 'graphql';
import { getVariableValues } from 'graphql/execution/values.js';
import { documents } from './documents.mjs';

const schema = buildSchema(readFileSync(new URL('./schema.graphql', import.meta.url), 'utf8'));
const isDateTime = (text) => /^\d{4}-\d\d-\d\dT\d\d:\d\d:\d\dZ$/.test(text);
const refuse = () => { throw new GraphQLError('not a DateTime'); };
Object.assign(schema.getType('DateTime'), {
  parseValue: (value) => (typeof value === 'string' && isDateTime(value) ? value : refuse()),
  parseLiteral: (node) => (node.kind === Kind.STRING && isDateTime(node.value) ? node.value : refuse()),
});

function judge({ query, variables = {}, operation = null }) {
  let document;
  try {
    document = parse(query);
  } catch {
    return ['Syntax'];
  }
  const broken = specifiedRules.filter((rule) => validate(schema, document, [rule]).length > 0);
  if (broken.length > 0) return broken.map((rule) => rule.name.replace(/Rule$/, ''));
  const chosen = getOperationAST(document, operation);
  if (!chosen) return ['Operation'];
  return getVariableValues(schema, chosen.variableDefinitions ?? [], variables).errors ? ['Variables'] : [];
}

let state = 20240229;
const random = (below) => {
  state = (Math.imul(state, 1664525) + 1013904223) >>> 0;
  return Math.floor((state / 2 ** 32) * below);
};
const tokens = (query) => {
  const lexer = new Lexer(new Source(query));
  const found = [];
  while (lexer.advance().kind !== '<EOF>') found.push(query.slice(lexer.token.start, lexer.token.end));
  return found;
};
const names = [
  'id', 'name', 'size', 'files', 'state', 'bytes', 'nodes', 'list', 'email', 'values', 'home', 'Node', 'Job', 'Export', 'Erasure', 'List',
  'Subscriber', 'first', 'int', 'READY', 'NAME', 'true', 'null', 'F', 'ID', 'Int', '__typename', 'x', 'subscribers', 'if', 'skip',
];
const values = ['null', '1', '1.5', '"x"', 'true', 'READY', '[]', '{}', '[1]', '$a', '$id', '"2024-02-29T00:00:00Z"', '{id: 1}', '{name: null}'];
const selections = ['... on Job { id }', '... on Export { files }', 'x: id', 'id', 'id: name', '@skip(if: true)', '... { size }', 'size', 'bytes'];
const pick = (list) => list[random(list.length)];
function mutate(query) {
  const list = tokens(query);
  for (let times = 1 + random(2); times > 0; times--) {
    const isName = (at) => /^[_A-Za-z]/.test(list[at] ?? '');
    const at = random(list.length);
    switch (random(8)) {
      case 0: list.splice(at, 1); break;
      case 1: list.splice(at, 0, pick(list)); break;
      case 2: case 3: case 4: {
        const places = list.map((_, place) => place).filter(isName);
        list[pick(places)] = pick(names);
        break;
      }
      case 5: {
        const places = list.map((_, place) => place).filter((place) => list[place] === ':');
        if (places.length > 0) list[pick(places) + 1] = pick(values);
        break;
      }
      default: {
        const places = list.map((_, place) => place).filter((place) => list[place] === '{' && isName(place + 1));
        if (places.length > 0) list.splice(pick(places) + 1, 0, pick(selections));
      }
    }
  }
  return list.join(' ');
}

const seen = new Set();
let syntax = 0;
function write(entry, isMutant) {
  const key = JSON.stringify([entry.query, entry.variables, entry.operation]);
  if (seen.has(key)) return;
  seen.add(key);
  const broken = judge(entry);
  // Most of what a mutator makes is no GraphQL at all; a part of that is enough.
  if (isMutant && broken[0] === 'Syntax' && syntax++ % 6 > 0) return;
  console.log(JSON.stringify({ ...entry, broken }));
}
documents.push({ query: getIntrospectionQuery() });
documents.push({ query: getIntrospectionQuery({ specifiedByUrl: true, directiveIsRepeatable: true, schemaDescription: true, inputValueDeprecation: true, oneOf: true }) });
documents.forEach((entry) => write(entry, false));
for (const entry of documents.filter((entry) => entry.query.length < 400 && judge(entry).length === 0)) {
  for (let times = 0; times < 9; times++) {
    try {
      write({ ...entry, query: mutate(entry.query) }, true);
    } catch { /* a token that cannot be read again */ }
  }
}
