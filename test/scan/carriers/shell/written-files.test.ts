import { expect, test } from "bun:test";
import { readShellFile } from "../../../../src/scan/carriers/shell/read-shell-file.ts";
import { carrierPorts } from "../../../support/carrier-ports.ts";
import { tellSites } from "../../../support/tell-sites.ts";

/** Files that a script writes: nothing that only moves one, makes it ready or removes it runs it. */
test.each([
  [
    "a script that is made to be run",
    "cat > x.sh <<'EOF'\n#!/bin/sh\ndropdb a\nEOF\nchmod +x x.sh\nsudo mv x.sh /usr/local/bin/\n",
    ["3 server dropdb a (stored low)"],
  ],
  [
    "a file of SQL for a server that starts",
    'F=/tmp/x.sql\ncat > "$F" <<EOF\nDROP ROLE a;\nEOF\nset -- "$@" --init-file="$F"\nexec "$@"\nrm -f "$F"\n',
    ["3 role DROP ROLE a (stored low)"],
  ],
  [
    "a file that is copied before it is run",
    "cat > x.sql <<EOF\nDROP ROLE a;\nEOF\ndocker cp x.sql db:/x.sql\n",
    ["2 role DROP ROLE a (stored low)"],
  ],
  [
    "a file that is run and removed",
    "cat > x.sql <<EOF\nDROP ROLE a;\nEOF\nchmod 600 x.sql\npsql -f x.sql\nrm x.sql\n",
    ["2 role DROP ROLE a"],
  ],
])("%s", (_name, source, expected) => {
  expect(tellSites(source, readShellFile(source, "x.sh", carrierPorts))).toEqual([...expected]);
});
