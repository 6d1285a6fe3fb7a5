"""Checks an audit log that `postern audit export` wrote, with nothing of Postern's.

    python3 audit_check.py acme-log.ndjson key.pem [NUMBER:HASH] [--kept MONTHS] [--now TIME]

Prints what is wrong, then the head; exits with 1 if anything is. With --kept, an event that is gone before it was kept for so many
months is a finding. Needs Python 3.8 and openssl. docs/audit.md says what
each step is for.
"""

import argparse
import calendar
import hashlib
import json
import subprocess
import sys
import tempfile
from datetime import datetime, timedelta, timezone


def canonical(value):
    return json.dumps(value, sort_keys=True, separators=(",", ":"), ensure_ascii=False).encode()


def sha256(data):
    return hashlib.sha256(data).digest()


def root(leaves):
    """RFC 9162, section 2.1.1."""
    if len(leaves) == 1:
        return sha256(b"\x00" + leaves[0])
    split = 1
    while split * 2 < len(leaves):
        split *= 2
    return sha256(b"\x01" + root(leaves[:split]) + root(leaves[split:]))


def signed(statement, signature, key):
    with tempfile.NamedTemporaryFile() as text, tempfile.NamedTemporaryFile() as sig:
        text.write(statement)
        text.flush()
        sig.write(bytes.fromhex(signature))
        sig.flush()
        command = ["openssl", "pkeyutl", "-verify", "-pubin", "-inkey", key, "-rawin"]
        command += ["-in", text.name, "-sigfile", sig.name]
        return subprocess.run(command, capture_output=True).returncode == 0


def end(event, months):
    """When the time for which an event is kept is over: its id tells when it was made (UUID v7)."""
    if event[14] != "7":
        return datetime.max.replace(tzinfo=timezone.utc)
    made = datetime(1970, 1, 1, tzinfo=timezone.utc) + timedelta(milliseconds=int(event.replace("-", "")[:12], 16))
    year, month = divmod(made.year * 12 + made.month - 1 + months, 12)
    day = min(made.day, calendar.monthrange(year, month + 1)[1])
    return made.replace(year=year, month=month + 1, day=day)


def check(seal, leaves, before, key, months, now):
    number = seal["number"]
    said = {name: seal[name] for name in seal if name not in ("hash", "signature")}
    statement = canonical({**said, "kind": "postern.audit-seal.v1"})
    entries = [bytes.fromhex(leaf["id"].replace("-", "") + leaf["digest"]) for leaf in leaves]
    if number != before[0] + 1:
        yield f"seal {before[0] + 1} is not there"
    elif seal["previous_hash"] != before[1]:
        yield f"seal {number} does not go on from the one before"
    if hashlib.sha256(statement).hexdigest() != seal["hash"]:
        yield f"seal {number} was changed"
    if not signed(statement, seal["signature"], key):
        yield f"seal {number} is not signed by this key"
    if not entries or root(entries).hex() != seal["root"] or len(entries) != seal["event_count"]:
        yield f"the leaves of seal {number} were changed"
    for leaf in leaves:
        if leaf["event"] is None:
            if months is not None and end(leaf["id"], months) > now:
                yield f"event {leaf['id']} is gone before its time was over"
            elif months is None:
                print(f"event {leaf['id']} is gone; has the time for which events are kept passed?")
        elif hashlib.sha256(canonical(leaf["event"])).hexdigest() != leaf["digest"]:
            yield f"event {leaf['id']} was changed"


def main(path, key, head, months, now):
    findings, before, known = [], (0, "0" * 64), head is None
    seal, leaves, waiting = None, [], 0

    def close():
        nonlocal before, known
        if seal is not None:
            findings.extend(check(seal, leaves, before, key, months, now))
            before = (seal["number"], seal["hash"])
            known = known or head == f"{before[0]}:{before[1]}"

    with open(path, encoding="utf-8") as lines:
        for line in map(json.loads, lines):
            if "seal" in line:
                close()
                seal, leaves = line["seal"], []
            elif "digest" in line:
                leaves.append(line)
            else:
                waiting += 1
    close()
    if not known:
        findings.append(f"the head {head} is not among the seals")
    for finding in findings:
        print(finding)
    print(f"{waiting} events wait for a seal; head {before[0]}:{before[1]}")
    return 1 if findings else 0


if __name__ == "__main__":
    arguments = argparse.ArgumentParser()
    arguments.add_argument("path")
    arguments.add_argument("key")
    arguments.add_argument("head", nargs="?")
    arguments.add_argument("--kept", type=int)
    arguments.add_argument("--now", default=datetime.now(timezone.utc).isoformat())
    given = arguments.parse_args()
    now = datetime.fromisoformat(given.now.replace("Z", "+00:00"))
    sys.exit(main(given.path, given.key, given.head, given.kept, now))
