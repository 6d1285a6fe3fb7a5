// Answers documents with graphql-js, for comparison with Postern's own answers (ruling 18).
//   npm install --prefix .. && node run.mjs inputs.json > answers.jsonl
// inputs.json is written by the test in mod.rs: the SDL, the documents, the rows of every type, and how the fields
// of a type lead to rows. Data, error paths and accept or refuse are compared; messages are not.
import { readFileSync } from 'node:fs';
import {
  buildSchema, execute, getOperationAST, GraphQLError, isInterfaceType, isObjectType, Kind, parse, validate,
} from 'graphql';
import { getVariableValues } from 'graphql/execution/values.js';

const inputs = JSON.parse(readFileSync(process.argv[2], 'utf8'));
const schema = buildSchema(inputs.sdl);

const scalars = {
  DateTime: (text) => /^\d{4}-\d\d-\d\dT\d\d:\d\d:\d\d(\.\d+)?(Z|[+-]\d\d:\d\d)$/.test(text),
  EmailAddress: (text) => /^[^@\s]+@[^@\s]+$/.test(text.trim()),
  BigInt: (text) => /^-?\d{1,19}$/.test(text),
};
for (const [name, accepts] of Object.entries(scalars)) {
  const take = (value) => {
    if (typeof value === 'string' && accepts(value)) return value;
    throw new GraphQLError(`not a ${name}`);
  };
  const literal = (node) => take(node.kind === Kind.STRING ? node.value : undefined);
  Object.assign(schema.getType(name), { parseValue: take, parseLiteral: literal });
}

const byId = new Map();
for (const [type, rows] of Object.entries(inputs.rows)) {
  for (const row of rows) {
    row.__typename = type;
    byId.set(row.id, row);
  }
}

const compare = (one, other) => (one < other ? -1 : one > other ? 1 : 0);

// Ids of rows rise in the order in which the rows are given.
const place = new Map([...byId.keys()].map((id, index) => [id, index]));

function sorted(rows, type, orderBy, fallback) {
  const orders = (orderBy?.length ? orderBy : fallback ? [{ field: fallback, direction: 'ASC' }] : [])
    .map(({ field, direction }) => [inputs.types[type].orders[field], direction === 'DESC' ? -1 : 1]);
  const last = orders.length ? orders[orders.length - 1][1] : 1;
  return [...rows].sort((one, other) => {
    for (const [field, sign] of orders) {
      const order = field === 'id' ? compare(place.get(one.id), place.get(other.id)) : compare(one[field], other[field]);
      if (order) return sign * order;
    }
    return last * compare(place.get(one.id), place.get(other.id));
  });
}

function fits(row, type, filter) {
  return Object.entries(filter ?? {}).every(([name, value]) => {
    if (value === null) return true;
    if (name === 'and') return value.every((one) => fits(row, type, one));
    if (name === 'or') return value.some((one) => fits(row, type, one));
    if (name === 'not') return !fits(row, type, value);
    const { field, address } = inputs.types[type].filters[name];
    const normal = (text) => (address && typeof text === 'string' ? text.trim().toLowerCase() : text);
    return Object.entries(value).every(([operator, operand]) => test(row[field], operator, operand, normal));
  });
}

function test(value, operator, operand, normal) {
  if (operator === 'isNull') return (value === null) === operand;
  if (operator === 'notEquals') return value === null || value !== normal(operand);
  if (value === null) return false;
  switch (operator) {
    case 'equals': return value === normal(operand);
    case 'in': return operand.map(normal).includes(value);
    case 'startsWith': return value.startsWith(normal(operand));
    case 'from': case 'greaterThanOrEqual': return value >= operand;
    case 'to': case 'lessThan': return value < operand;
    case 'greaterThan': return value > operand;
    case 'lessThanOrEqual': return value <= operand;
    default: throw new Error(`no operator ${operator}`);
  }
}

function page(all, type, args, fallback) {
  const rows = sorted(all.filter((row) => fits(row, type, args.filter)), type, args.orderBy, fallback);
  const forward = args.last === undefined || args.last === null;
  const size = forward ? (args.first ?? 25) : args.last;
  const nodes = forward ? rows.slice(0, size) : rows.slice(Math.max(0, rows.length - size));
  const more = rows.length > size;
  return {
    nodes,
    edges: nodes.map((node) => ({ node, cursor: 'not compared' })),
    pageInfo: {
      hasNextPage: forward && more,
      hasPreviousPage: !forward && more,
      startCursor: nodes.length ? 'not compared' : null,
      endCursor: nodes.length ? 'not compared' : null,
    },
    totalCount: { value: rows.length, isExact: true },
  };
}

for (const [type, shape] of Object.entries(inputs.types)) {
  const fields = schema.getType(type).getFields();
  for (const [name, { by, type: target, order, parts }] of Object.entries(shape.below)) {
    const all = inputs.rows[target];
    fields[name].resolve = (row, args) => {
      const own = all.filter((lower) => lower[`@${by}`] === row.id);
      return parts ? own : page(own, target, args, order);
    };
  }
  for (const name of shape.references) fields[name].resolve = (row) => byId.get(row[`@${name}`]) ?? null;
}

const query = schema.getQueryType().getFields();
for (const [name, type] of Object.entries(inputs.roots)) {
  query[name].resolve = (_, args) => page(inputs.rows[type], type, args, null);
}
for (const [name, { type, argument, field, address }] of Object.entries(inputs.lookups)) {
  query[name].resolve = (_, args) => {
    const wanted = address ? args[argument].trim().toLowerCase() : args[argument];
    return inputs.rows[type].find((row) => row[field] === wanted) ?? null;
  };
}
query.account.resolve = () => byId.get(inputs.account);
query.node.resolve = (_, { id }) => byId.get(id) ?? null;
query.nodes.resolve = (_, { ids }) => ids.map((id) => byId.get(id) ?? null);
for (const type of Object.values(schema.getTypeMap())) {
  if (isInterfaceType(type)) type.resolveType = (value) => value.__typename;
  // The name of the type stands in the row, where a field of the same name would be looked for.
  if (isObjectType(type)) type.isTypeOf = undefined;
}

function answer({ name, query: text, variables, operation }) {
  const refused = { name, refused: true };
  let document;
  try {
    document = parse(text);
  } catch {
    return refused;
  }
  if (validate(schema, document).length) return refused;
  const chosen = getOperationAST(document, operation ?? null);
  if (!chosen) return refused;
  // Version 16 notices only at execution that the schema has no such operations.
  if (!schema.getRootType(chosen.operation)) return refused;
  if (getVariableValues(schema, chosen.variableDefinitions ?? [], variables).errors) return refused;
  const result = execute({ schema, document, variableValues: variables, operationName: operation ?? undefined });
  if (!('data' in result)) return refused;
  const errors = (result.errors ?? []).map((error) => error.path);
  return { name, data: result.data, errors };
}

const print = (value) => process.stdout.write(`${JSON.stringify(value)}\n`);
print({ inputs: inputs.digest });
inputs.documents.map(answer).forEach(print);
