// Whether graphql-js takes an SDL for a schema, and its introspection for the same one.
import { readFileSync } from "node:fs";
import {
  buildClientSchema,
  buildSchema,
  introspectionFromSchema,
  lexicographicSortSchema,
  printSchema,
  validateSchema,
} from "graphql";

const schema = buildSchema(readFileSync(process.argv[2], "utf8"));
const errors = validateSchema(schema).map((error) => error.message);
const again = buildClientSchema(
  introspectionFromSchema(schema, { inputValueDeprecation: true, specifiedByUrl: true, oneOf: true }),
);
const text = (it) => printSchema(lexicographicSortSchema(it));
if (text(schema) !== text(again)) errors.push("introspection gives another schema");
console.log(JSON.stringify({ types: Object.keys(schema.getTypeMap()).length, errors }));
