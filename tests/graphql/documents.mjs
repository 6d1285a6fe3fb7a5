// The documents that are judged, valid ones first. Each entry: query, and where needed variables and operation.
const plain = String.raw`
{ __typename }
{ list(id: "1") { id name } }
{ lists { nodes { id } } }
query Q { lists(first: 3) { nodes { id name } edges { cursor node { id } } pageInfo { hasNextPage endCursor } total } }
{ a: list(id: "1") { id } b: list(id: "2") { id } }
{ list(id: 1) { id id id: id } }
{ node(id: "1") { id ... on List { name } ... on Subscriber { email } } }
{ node(id: "1") { ... on Job { state } ... on Export { files } __typename } }
{ nodes(ids: ["1", "2"]) { id } }
{ nodes(ids: "1") { id } }
{ jobs(state: READY) { id ... on Export { progress } ... on Erasure { progress } } }
{ jobs { ... on Export { x: files } ... on Erasure { y: files } } }
{ jobs(since: "2024-02-29T00:00:00Z") { id } }
{ list(id: "1") { ...F } } fragment F on List { id subscribers(first: 2) { nodes { ...S } } } fragment S on Subscriber { id email lists { id } }
{ list(id: "1") @skip(if: false) @include(if: true) { id @include(if: true) ... @skip(if: true) { name } ...F @include(if: false) } } fragment F on Node { id }
{ find(by: {id: "1"}) { id } }
{ find(by: {email: "a@example.test"}) { email(clear: true) values joined } }
{ find(by: {list: {list: "1"}}) { id } }
{ lists(filter: {name: {equals: "a", required: true}, limit: 3, and: [{archived: true}, {archived: false}]}) { total } }
{ lists(filter: {and: {archived: true}}, orderBy: {field: NAME}) { total } }
{ lists(orderBy: [{field: NAME, direction: DESC}, {field: CREATED_AT}]) { total } }
{ echo(int: 3, float: 3, string: "a", boolean: true, id: 3, matrix: [[1, 2], [3]], state: RUNNING) }
{ echo(matrix: 1) }
{ echo(matrix: [1]) }
{ echo(matrix: [[1], null]) }
{ echo(matrix: []) }
{ echo(int: null, float: 1.5e3, id: "x", state: null, matrix: null) }
{ echo(int: -0, float: -0.0) }
{ echo(string: "\u00e4\n\t\"\\\/\b\f\r") }
{ echo(string: "\u{1F600} \uD83D\uDE00") }
{ needs(flag: true) }
{ needs(flag: true, size: 4) }
mutation M { requestExport(input: {idempotencyKey: "k", formats: ["csv"]}) { export { id state } userErrors { message field } } }
mutation { a: cancel(id: "1") { export { id } } b: cancel(id: "2") { userErrors { message } } }
subscription { progress(id: "1") { id state } }
subscription S { progress(id: "1") { ... on Export { files } } }
{ __schema { queryType { name } types { name kind fields(includeDeprecated: true) { name type { name ofType { name } } } } directives { name locations args { name } isRepeatable } } }
{ __type(name: "List") { name fields { name args { name defaultValue } } interfaces { name } possibleTypes { name } enumValues { name } inputFields { name } ofType { name } specifiedByURL isOneOf } }
{ __type(name: "List") { ...T } } fragment T on __Type { name kind fields { type { ...U } } } fragment U on __Type { name }
{ list(id: "1") { ... { id } ... on Node { id } ... on List { name } } }
query ($id: ID!) { list(id: $id) { id } }
query Q($id: ID = "1") { list(id: $id) { id } }
query ($a: Int, $b: [Int!]) { echo(int: $a, matrix: [$b, [$a]]) }
query ($n: Int = 3) { needs(flag: true, size: $n) }
query ($n: Int) { needs(flag: true, size: $n) }
query ($b: Boolean!) { list(id: "1") @include(if: $b) { id @skip(if: $b) } }
{ list(id: "1") { subscribers { nodes { home { id } } } subscribers { nodes { home { name } } } } }
{ list(id: "1") { ...A ...B } } fragment A on List { subscribers(first: 1) { nodes { id } } } fragment B on List { subscribers(first: 1) { nodes { name } } }
{ node(id: "1") { ... on List { size } ... on Subscriber { big: size } } }
{ node(id: "1") { ... on List { name } ... on Subscriber { nick: name } } }
{ lists(first: 1, after: "a") { total } lists(after: "a", first: 1) { total } }
{ lists(filter: {limit: 1, archived: true}) { total } lists(filter: {archived: true, limit: 1}) { total } }
{ list(id: """1""") { id } }
{, list ( id : "1" ) , { id , } , } # comment
{ on: list(id: "1") { id } query: list(id: "2") { id } }
{ fragment: __typename mutation: __typename type: __typename }
{ list(id: "1") { ...on } } fragment on2 on List { id }
{ list(id: "1") { ...query } } fragment query on List { id }
fragment F on Query { __typename } query { ...F }
{ nope }
{ list(id: "1") }
{ list { id } }
{ list(id: "1") { nope } }
{ list(id: "1") { id { x } } }
{ list(id: "1", id: "1") { id } }
{ list(id: "1", nope: 1) { id } }
{ list(id: null) { id } }
{ list(id: 1.5) { id } }
{ list(id: true) { id } }
{ list(id: ONE) { id } }
{ list(id: ["1"]) { id } }
{ list(id: {}) { id } }
{ lists(first: "3") { total } }
{ lists(first: 3.0) { total } }
{ lists(first: 2147483648) { total } }
{ lists(first: -2147483648) { total } }
{ lists(first: 99999999999999999999) { total } }
{ lists(filter: {nope: 1}) { total } }
{ lists(filter: {name: {equals: "a"}}) { total } }
{ lists(filter: {name: {required: null}}) { total } }
{ lists(filter: {limit: null}) { total } }
{ lists(filter: []) { total } }
{ lists(filter: {archived: true, archived: false}) { total } }
{ lists(orderBy: {field: "NAME"}) { total } }
{ lists(orderBy: {field: NOPE}) { total } }
{ lists(orderBy: {}) { total } }
{ lists(orderBy: [null]) { total } }
{ find(by: {}) { id } }
{ find(by: {id: "1", email: "a"}) { id } }
{ find(by: {id: null}) { id } }
{ find(by: null) { id } }
{ find(by: {list: {place: 1}}) { id } }
{ jobs(state: "READY") { id } }
{ jobs(state: true) { id } }
{ jobs(since: "yesterday") { id } }
{ jobs(since: 3) { id } }
{ echo(matrix: [[null]]) }
{ echo(matrix: [["a"]]) }
{ echo(matrix: {}) }
{ echo(boolean: 1) }
{ echo(boolean: "true") }
{ echo(string: 1) }
{ echo(float: "1") }
{ echo(float: 1e400) }
{ needs }
{ needs(flag: null) }
{ needs(flag: true, size: null) }
{ jobs { ... on Export { files } ... on Erasure { files } } }
{ jobs { ... on Export { bytes } ... on Erasure { bytes } } }
{ node(id: "1") { ... on List { size } ... on Subscriber { size } } }
{ node(id: "1") { ... on List { name } ... on Subscriber { name } } }
{ node(id: "1") { ... on Job { x: state } ... on Export { x: progress } } }
{ node(id: "1") { ... on List { x: name } ... on Node { x: id } } }
{ list(id: "1") { id: name id } }
{ lists(first: 1) { total } lists(first: 2) { total } }
{ lists(first: 1) { total } lists { total } }
{ list(id: "1") { subscribers { nodes { x: id } } subscribers { nodes { x: name } } } }
{ list(id: "1") { ...A ...B } } fragment A on List { subscribers { nodes { x: id } } } fragment B on List { subscribers { nodes { x: name } } }
{ list(id: "1") { ...A } other: list(id: "2") { ...B } } fragment A on List { x: id } fragment B on List { x: name }
{ ...A ...B } fragment A on Query { list(id: "1") { x: id } } fragment B on Query { list(id: "1") { ...C } } fragment C on List { x: name }
{ node(id: "1") { ... on List { l: subscribers { nodes { x: id } } } ... on Export { l: files } } }
{ node(id: "1") { ... on Subscriber { l: home { x: size } } ... on Erasure { l: subject { x: size } } } }
{ node(id: "1") { ... on Subscriber { l: home { y: size } } ... on Erasure { l: subject { x: size } } } }
{ node(id: "1") { ... on Subscriber { l: lists { id } } ... on Erasure { l: subject { id } } } }
{ list(id: "1") { ... on Subscriber { id } } }
{ list(id: "1") { ... on Job { id } } }
{ list(id: "1") { ...F } } fragment F on Subscriber { id }
{ list(id: "1") { ... on Nope { id } } }
{ list(id: "1") { ... on JobState { id } } }
{ list(id: "1") { ... on ListFilter { id } } }
{ list(id: "1") { ...F } } fragment F on Nope { id }
{ list(id: "1") { ...F } } fragment F on DateTime { id }
{ list(id: "1") { ...Nope } }
{ __typename } fragment F on List { id }
{ ...F } fragment F on Query { ...F }
{ ...F } fragment F on Query { ...G } fragment G on Query { ...F }
{ ...F } fragment F on Query { __typename } fragment F on Query { __typename }
query A { __typename } query A { __typename }
{ __typename } { __typename }
{ __typename } query A { __typename }
query A { __typename } query B { __typename }
fragment F on Query { __typename }
{ __typename @nope }
{ __typename @skip }
{ __typename @skip(if: true) @skip(if: false) }
{ __typename @skip(if: 1) }
{ __typename @skip(unless: true) }
{ __typename @skip(if: true, if: true) }
{ __typename @deprecated }
{ __typename { x } }
{ __typename(a: 1) }
{ __typename: list(id: "1") { id } }
query @skip(if: true) { __typename }
query ($a: Int @skip(if: true)) { echo(int: $a) }
{ ...F } fragment F on Query @include(if: true) { __typename }
query ($a: Int) { __typename }
query ($a: Int, $a: Int) { echo(int: $a) }
{ echo(int: $a) }
query ($a: String) { echo(int: $a) }
query ($a: Int) { echo(float: $a) }
query ($a: ID) { list(id: $a) { id } }
query ($a: ID!) { nodes(ids: [$a]) { id } }
query ($a: ID) { nodes(ids: [$a]) { id } }
query ($a: [ID]!) { nodes(ids: $a) { id } }
query ($a: [ID!]!) { nodes(ids: $a) { id } }
query ($a: ID!) { nodes(ids: $a) { id } }
query ($a: Nope) { echo(int: $a) }
query ($a: List) { echo(int: $a) }
query ($a: Int = "x") { echo(int: $a) }
query ($a: Int! = null) { echo(int: $a) }
query ($a: Int = null) { needs(flag: true, size: $a) }
query ($a: Boolean) { needs(flag: $a) }
query ($a: Boolean = true) { needs(flag: $a) }
query ($a: Int = $b, $b: Int) { echo(int: $a, float: $b) }
query ($a: ID) { find(by: {id: $a}) { id } }
query ($a: ID!) { find(by: {id: $a}) { id } }
query ($a: ID = "1") { find(by: {id: $a}) { id } }
query ($a: Boolean) { lists(filter: {name: {required: $a}}) { total } }
query ($a: Int) { lists(filter: {limit: $a}) { total } }
query ($f: ListFilter = {limit: 3}) { lists(filter: $f) { total } }
query ($f: ListFilter = {nope: 3}) { lists(filter: $f) { total } }
query ($f: ListFilter = {name: {}}) { lists(filter: $f) { total } }
query ($o: [ListOrder!] = {field: NAME}) { lists(orderBy: $o) { total } }
query ($s: JobState = "READY") { jobs(state: $s) { id } }
query ($by: SubscriberBy! = {id: "1", email: "x"}) { find(by: $by) { id } }
query A($a: Int) { ...F } query B { ...F } fragment F on Query { echo(int: $a) }
query A($a: Int) { ...F } query B($a: String) { ...F } fragment F on Query { echo(int: $a) }
subscription { progress(id: "1") { id } other }
subscription { __typename }
subscription { progress(id: "1") { id } ...F } fragment F on Subscription { other }
subscription { a: progress(id: "1") { id } a: progress(id: "1") { state } }
mutation { requestExport { export { id } } }
mutation { requestExport(input: {}) { export { id } } }
mutation { nope }
{ }
{ list(id: "1") { } }
{ list() { id } }
query () { __typename }
{ list(id: "1") { id }
{ list(id: "1) { id } }
{ list(id: 01) { id } }
{ list(id: 1a) { id } }
{ list(id: 1.) { id } }
{ list(id: .5) { id } }
{ list(id: -) { id } }
{ echo(string: "\uD83D") }
{ echo(string: "\uDE00\uD83D") }
{ echo(string: "\x") }
{ echo(string: "\u{110000}") }
{ echo(string: 'a') }
{ echo(string: """a""" }
{ echo(string: """ \""" \u """) }
{ ... }
{ ...on Query { __typename } }
{ ... on { __typename } }
fragment on on Query { __typename } { ...on }
{ a.b }
{ a & b }
{ a | b }
type X { a: Int }
extend type Query { a: Int }
query ($a: Int!!) { echo(int: $a) }
query ($a: [Int) { echo(int: $a) }
query ($a: Int) ($b: Int) { echo(int: $a) }
query $a { __typename }
subscription mutation { progress(id: "1") { id } }
{ __schema { types { fields { type { fields { name } } } } } }
{ __schema { types { fields { type { fields { type { fields { name } } } } } } } }
{ __type(name: "A") { interfaces { possibleTypes { interfaces { name } } } } }
{ __type(name: "A") { ...A } } fragment A on __Type { fields { type { ...B } } } fragment B on __Type { fields { type { ...C } } } fragment C on __Type { inputFields { name } }
{ __type { name } }
{ __schema { nope } }
{ list(id: "1") { __schema { queryType { name } } } }
`;

const withVariables = [
  ['query ($id: ID!) { list(id: $id) { id } }', {}, { id: null }, { id: '1' }, { id: 1 }, { id: 1.0 }, { id: 1.5 }, { id: true }, { id: ['1'] }, { id: '1', more: 2 }],
  ['query ($a: Int) { echo(int: $a) }', {}, { a: null }, { a: 3 }, { a: 3.0 }, { a: 3.5 }, { a: '3' }, { a: 2147483648 }, { a: true }],
  ['query ($a: Float) { echo(float: $a) }', { a: 3 }, { a: 3.5 }, { a: '3' }],
  ['query ($a: Boolean) { echo(boolean: $a) }', { a: true }, { a: 1 }, { a: 'true' }],
  ['query ($a: String) { echo(string: $a) }', { a: 'x' }, { a: 1 }, { a: {} }],
  ['query ($a: JobState) { echo(state: $a) }', { a: 'READY' }, { a: 'ready' }, { a: 1 }, { a: ['READY'] }],
  ['query ($a: DateTime) { echo(when: $a) }', { a: '2024-02-29T00:00:00Z' }, { a: 'x' }, { a: 1 }],
  ['query ($a: [[Int!]!]) { echo(matrix: $a) }', { a: 1 }, { a: [1] }, { a: [[1, 2]] }, { a: [[1, null]] }, { a: [null] }, { a: [['x']] }, { a: [] }],
  ['query ($a: [ID!]!) { nodes(ids: $a) { id } }', {}, { a: null }, { a: [] }, { a: 'x' }, { a: ['x', null] }, { a: { b: 1 } }],
  ['query ($f: ListFilter) { lists(filter: $f) { total } }', { f: {} }, { f: { limit: 3 } }, { f: { limit: null } }, { f: { nope: 1 } }, { f: [] }, { f: { name: {} } }, { f: { name: { required: true } } }, { f: { and: { archived: true } } }, { f: { and: [{ archived: 'x' }] } }, { f: 'x' }],
  ['query ($by: SubscriberBy!) { find(by: $by) { id } }', { by: { id: '1' } }, { by: {} }, { by: { id: '1', email: 'x' } }, { by: { id: null } }, { by: { id: '1', email: null } }, { by: { list: { list: '1' } } }, { by: { list: {} } }],
  ['query ($o: [ListOrder!]) { lists(orderBy: $o) { total } }', { o: { field: 'NAME' } }, { o: [{ field: 'NAME', direction: 'DESC' }] }, { o: [{ field: 'nope' }] }, { o: [{}] }, { o: [null] }],
  ['query ($n: Int! = 3) { needs(flag: true, size: $n) }', {}, { n: null }, { n: 4 }],
];

export const documents = [
  ...plain.trim().split('\n').map((query) => ({ query })),
  ...withVariables.flatMap(([query, ...all]) => all.map((variables) => ({ query, variables }))),
  { query: 'query A { __typename } query B { __typename }', operation: 'A' },
  { query: 'query A { __typename } query B { __typename }', operation: 'C' },
  { query: '{ __typename }', operation: 'A' },
  { query: 'query A { __typename }', operation: 'A' },
];
