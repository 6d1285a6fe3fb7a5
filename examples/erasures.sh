#!/usr/bin/env bash
# Erases people whom a file names, an address on each line: plans everybody, shows what would happen, and with `yes`
# confirms those very plans, waits, and saves each signed receipt. Needs curl and jq.
#
# Stopped at any moment and run again, it goes on: what is planned is noted in PEOPLE.state, without addresses, by the
# number of the line. So the file must not change in between; for other people, take another file.
set -euo pipefail

usage() {
    cat >&2 <<'END'
usage: TOKEN=… examples/erasures.sh URL PEOPLE [yes]

Notes how far it is in PEOPLE.state, and saves receipts in PEOPLE.receipts/. Example:
  TOKEN=$(postern token --user owner@acme.example) examples/erasures.sh http://127.0.0.1:8080 people.txt yes
END
    exit 2
}

[[ $# -eq 2 || ($# -eq 3 && $3 == yes) ]] && [[ -n ${TOKEN:-} ]] || usage
url=${1%/} people=$2 sure=${3:-}
state=$people.state receipts=$people.receipts

# Sends {query, variables} from stdin; gives the data. Waits where the gateway asks to. The token is no argument of a
# program, which others on the machine could read.
graphql() {
    local answer
    answer=$(curl --silent --show-error --retry 8 --retry-connrefused --max-time 120 \
        --config <(printf 'header = "authorization: Bearer %s"\n' "$TOKEN") \
        --header 'content-type: application/json' --data @- "$url/graphql")
    if ! jq -e '.data and (.errors | not)' <<<"$answer" >/dev/null; then
        jq -c '.errors // .' <<<"$answer" >&2
        return 1
    fi
    jq -c '.data' <<<"$answer"
}

progress() {
    if [[ -t 2 ]]; then printf '\r%s %d of %d ' "$1" "$2" "$3" >&2; fi
}

progress_end() {
    if [[ -t 2 ]]; then printf '\n' >&2; fi
}

# The newest note of each line, as a line of JSON.
notes() {
    jq -R -c 'fromjson? | select(.line)' "$state" |
        jq -c -n 'reduce inputs as $one ({}; .[$one.line | tostring] = $one)
            | to_entries | sort_by(.key | tonumber) | .[].value'
}

# How many lines stand there.
count() {
    notes | jq -n --arg state "$1" '[inputs | select(.state == $state)] | length'
}

# A name for this run, by which the gateway knows that asking again is asking once.
if [[ ! -s $state ]]; then
    (umask 077 && jq -n -c --arg run "$(od -An -N12 -tx1 /dev/urandom | tr -d ' \n')" '{run: $run}' >"$state")
fi
# The last note may be half a line, where the machine stopped.
if [[ -n $(tail -c 1 "$state") ]]; then echo >>"$state"; fi
run=$(jq -R -r 'fromjson? | .run // empty' "$state")
run=${run%%$'\n'*}

plan='mutation($input: PlanErasureInput!) { planErasure(input: $input) {
    erasure { id planHash rowsPlanned } warnings { code count } userErrors { code } } }'
confirm='mutation($input: ConfirmErasureInput!) { confirmErasure(input: $input) {
    erasure { state } userErrors { code } } }'
states='query($ids: [ID!]!) { nodes(ids: $ids) { ... on Erasure { id state errorCode } } }'
receipt='query($id: ID!) { node(id: $id) { ... on Erasure { receipt receiptSignature } } }'

# Plan everybody who is not planned yet. Nothing is changed by it.
planned=" $(notes | jq '.line' | tr '\n' ' ')"
total=$(grep -c . "$people" || true)
number=0 done=0
while IFS= read -r address || [[ -n $address ]]; do
    number=$((number + 1))
    address=${address%$'\r'}
    [[ -n $address ]] || continue
    done=$((done + 1))
    progress planned "$done" "$total"
    if [[ $planned == *" $number "* ]]; then continue; fi
    answer=$(printf '%s' "$address" | jq -R -s -c --arg query "$plan" --arg key "plan-$run-$number" \
        '{query: $query, variables: {input: {subscriber: {email: .}, idempotencyKey: $key}}}' | graphql)
    jq -c --argjson line "$number" '.planErasure
        | if .erasure then {line: $line, state: "PLANNED", erasure: .erasure.id, planHash: .erasure.planHash,
                            rows: .erasure.rowsPlanned, warnings: [.warnings[].code]}
          else {line: $line, state: .userErrors[0].code} end' <<<"$answer" >>"$state"
done <"$people"
progress_end

notes | jq -n -r '[inputs] | group_by(.state)[] | "\(length) \(.[0].state)"'
notes | jq -n -r '[inputs | select(.state == "PLANNED") | .rows] | "\(add // 0) rows are to go or be changed"'
notes | jq -r 'select(.erasure | not) | "line \(.line): \(.state)"'
if [[ -z $sure ]]; then
    echo 'nothing was erased; say yes to do it'
    exit 0
fi

# Agree to those plans and no others. From here on there is no way back.
total=$(count PLANNED) done=0
while IFS= read -r note; do
    answer=$(jq -c --arg query "$confirm" --arg key "confirm-$run" \
        '{query: $query, variables: {input: {erasure: .erasure, planHash: .planHash,
          idempotencyKey: "\($key)-\(.line)"}}}' <<<"$note" | graphql)
    jq -c --argjson note "$note" \
        '$note + {state: (if .confirmErasure.erasure then "CONFIRMED" else .confirmErasure.userErrors[0].code end)}' \
        <<<"$answer" >>"$state"
    done=$((done + 1))
    progress confirmed "$done" "$total"
done < <(notes | jq -c 'select(.state == "PLANNED")')
progress_end

# Wait for them, a hundred at a time; each that has ended leaves its receipt.
mkdir -p "$receipts"
total=$(count CONFIRMED)
while left=$(count CONFIRMED) && [[ $left -gt 0 ]]; do
    progress ended "$((total - left))" "$total"
    while IFS= read -r wanted; do
        ended=$(jq -c --arg query "$states" '{query: $query, variables: {ids: map(.erasure)}}' <<<"$wanted" | graphql |
            jq -c '.nodes[] | select(.state | IN("CONFIRMED", "FENCED", "RUNNING", "PAUSED", "VERIFYING") | not)')
        while IFS= read -r one; do
            [[ -n $one ]] || continue
            id=$(jq -r '.id' <<<"$one")
            note=$(jq -c --arg id "$id" '.[] | select(.erasure == $id)' <<<"$wanted")
            line=$(jq -r '.line' <<<"$note")
            saved=$(jq -n -c --arg query "$receipt" --arg id "$id" '{query: $query, variables: {id: $id}}' | graphql)
            if jq -e '.node.receipt' <<<"$saved" >/dev/null; then
                jq -r '.node.receiptSignature' <<<"$saved" | base64 -d >"$receipts/line-$line.json.sig"
                jq -j '.node.receipt' <<<"$saved" >"$receipts/line-$line.json"
            fi
            jq -c --argjson one "$one" '. + {state: $one.state, errorCode: $one.errorCode}' <<<"$note" >>"$state"
        done <<<"$ended"
    done < <(notes | jq -c 'select(.state == "CONFIRMED")' | jq -c -n '[inputs] | _nwise(100)')
    sleep 1
done
progress_end

notes | jq -n -r '[inputs] | group_by(.state)[] | "\(length) \(.[0].state)"'
echo "the receipts are in $receipts"
# Well, if everybody who was planned is gone. Who is not there needs nothing.
notes | jq -e -n 'all(inputs; .state | IN("DONE", "PARTIAL", "SUBJECT_NOT_FOUND"))' >/dev/null
