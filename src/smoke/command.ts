import { availableParallelism } from "node:os";
import { resolve } from "node:path";
import { loadProfile } from "../audit/load-profile.ts";
import { defineCommand } from "../run/command.ts";
import { openSmokePorts } from "./adapters/smoke-ports.ts";
import { smoke } from "./feature.ts";
import { dumpFormats, parseSmokeFlags } from "./input.ts";

const maxDefaultJobs = 4;

export const command = defineCommand({
  flags: {
    "db-url": {
      type: "string",
      value: "URL",
      describe: "Prove a live database: dump one snapshot of it, restore, compare. Never written to",
    },
    dump: {
      type: "string",
      value: "PATH",
      describe: "Prove an archive that exists: custom, directory, tar, plain SQL, .gz",
    },
    "restored-url": {
      type: "string",
      value: "URL",
      describe: "Prove a database that somebody else restored, by its --expect manifest. Never written to",
    },
    "scratch-url": {
      type: "string",
      value: "URL",
      describe: "Restore into a database of its own on this server, not into a throwaway cluster",
    },
    "allow-same-server": {
      type: "boolean",
      describe: "Let the scratch server be the very server of the source",
    },
    "as-superuser": {
      type: "boolean",
      describe: "Restore as a superuser what only a superuser may make: for archives whose authors you trust",
    },
    migrations: {
      type: "string",
      value: "DIR",
      describe: "Apply these .sql files, in order, before the workload",
    },
    rows: { type: "number", value: "N", describe: "Events that the workload writes (24)" },
    format: { type: "string", choices: dumpFormats, describe: "Format of the dump (custom)" },
    jobs: {
      type: "number",
      value: "N",
      describe: "Tables read, and objects restored, side by side (the processors, at most 4)",
    },
    schema: {
      type: "string",
      value: "NAME",
      describe: "Schema of the audit chain, where several have one",
    },
    profile: {
      type: "string",
      value: "P",
      describe: "Profile of the audit chain: custody, certctl or a file; found by its columns when left out",
    },
    expect: {
      type: "string",
      value: "FILE",
      describe: "The manifest that was written when the archive was made",
    },
    "write-manifest": {
      type: "string",
      value: "FILE",
      describe: "Write what the archive holds, for --expect",
    },
    "write-dump": {
      type: "string",
      value: "PATH",
      describe: "Keep the archive that was proved, here",
    },
    evidence: {
      type: "string",
      value: "FILE",
      describe: "Write the proof as an in-toto statement in a DSSE envelope",
    },
    key: { type: "string", value: "FILE", describe: "Ed25519 key that signs the evidence" },
    durable: { type: "boolean", describe: "Leave fsync on in the throwaway cluster: an honest restore time" },
    keep: { type: "boolean", describe: "Keep the restored database, and say how to connect" },
    "pg-bin": { type: "string", value: "DIR", describe: "The folder of PostgreSQL's programs" },
  },
  examples: [
    ["custody smoke", "prove that this machine can back up and restore, in seconds"],
    [
      "custody smoke --db-url postgres://reader@db/shop --write-dump shop.dump --write-manifest shop.manifest",
      "back up a live database, and prove it",
    ],
    ["custody smoke --dump shop.dump --expect shop.manifest", "prove that archive again, anywhere"],
  ],
  async handler(flags, shell) {
    const path = (file: string | undefined): string | undefined =>
      file === undefined ? undefined : resolve(shell.cwd, file);
    const input = parseSmokeFlags(
      {
        ...flags,
        dump: path(flags.dump),
        migrations: path(flags.migrations),
        expect: path(flags.expect),
        writeManifest: path(flags.writeManifest),
        writeDump: path(flags.writeDump),
        evidence: path(flags.evidence),
        key: path(flags.key),
      },
      { jobs: Math.min(maxDefaultJobs, availableParallelism()) },
    );
    const profile = input.profile === null ? null : await loadProfile(input.profile, shell.cwd);
    const ports = openSmokePorts({
      input,
      env: shell.env,
      pgBin: path(flags.pgBin),
      chain: { schema: input.schema ?? undefined, profile: profile ?? undefined },
      signal: shell.signal,
      warn: (message) => shell.stderr.write(`custody: warning: ${message}\n`),
    });
    return await shell.run(smoke, input, ports);
  },
});
