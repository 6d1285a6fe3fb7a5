// The rules of graphql-eslint for schemas, those of Relay, and a description everywhere.
import graphql from "@graphql-eslint/eslint-plugin";

export default [
  {
    files: ["**/*.graphql"],
    languageOptions: {
      parser: graphql.parser,
      parserOptions: { graphQLConfig: { schema: "schema/gateway.graphql" } },
    },
    plugins: { "@graphql-eslint": graphql },
    rules: {
      ...graphql.configs["flat/schema-recommended"].rules,
      ...graphql.configs["flat/schema-relay"].rules,
      // "unsubscribedAt" of an "Unsubscribe" begins with the type's name only by the way verbs are built.
      "@graphql-eslint/no-typename-prefix": "off",
      // Relay asks this of nobody: `nodes` beside `edges`, and closed lists such as a viewer's permissions.
      "@graphql-eslint/relay-edge-types": ["error", { listTypeCanWrapOnlyEdgeType: false }],
      // What is no row has no id: pages, edges, payloads, and what is said about the asker, a count or a deletion.
      "@graphql-eslint/strict-id-in-types": [
        "error",
        {
          acceptedIdNames: ["id"],
          acceptedIdTypes: ["ID"],
          exceptions: {
            suffixes: ["Connection", "Edge", "Payload", "UserError"],
            types: ["CappedCount", "ErasureWarning", "PageInfo", "Permission", "RemovedRows", "Subscription", "Viewer"],
          },
        },
      ],
      "@graphql-eslint/require-description": [
        "error",
        {
          types: true,
          DirectiveDefinition: true,
          EnumValueDefinition: true,
          FieldDefinition: true,
          InputValueDefinition: true,
          rootField: true,
        },
      ],
    },
  },
];
