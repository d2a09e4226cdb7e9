// The import rules of the house: each is a sentence, and test/architecture.test.ts plants a violation of each.

const ground = "run|postgres|config";
const domain = "audit|backup|chokepoint|destruction|wire";
const features = "smoke|chain|scan|doctor|lockdown|drop|proxy";
const shells = "tui|http|reporters|commandline";
const top = "^src/(main|cli)\\.ts$";

const sockets = "^(node:)?(net|tls|dgram|http|http2|https|dns|child_process|fs|worker_threads|cluster)(/|$)";
const world =
  "^(node:)?(net|tls|dgram|http|http2|https|dns|child_process|fs|worker_threads|cluster|os|process|readline|tty|timers)(/|$)";

/** Forbids imports from one place to another. */
const never = (name, comment, from, to) => ({ name, comment, severity: "error", from, to });

export default {
  forbidden: [
    never(
      "no-cycles",
      "Two modules that need each other (types apart) are one module, or a third is missing.",
      {},
      { circular: true, viaOnly: { dependencyTypesNot: ["type-only"] } },
    ),
    never(
      "no-orphans",
      "Nothing imports this module: it is dead, or its importer was forgotten.",
      { orphan: true, pathNot: "\\.d\\.ts$" },
      {},
    ),
    never("no-unresolved", "This import leads nowhere.", {}, { couldNotResolve: true }),
    never(
      "errors-import-nothing",
      "errors.ts is the bottom of the house: it imports nothing.",
      { path: "^src/errors\\.ts$" },
      { path: "." },
    ),
    never(
      "ground-imports-only-down",
      "The ground (run, postgres, config) knows nothing of the domain, the features or the shells above it; the names of the kinds of destruction, which a configuration speaks of, apart.",
      { path: `^src/(${ground})/` },
      { path: [`^src/(${domain}|${features}|${shells})/`, top], pathNot: "^src/destruction/kinds\\.ts$" },
    ),
    never(
      "domain-imports-only-down",
      "The domain is what the features share: it knows no feature and no shell.",
      { path: `^src/(${domain})/` },
      { path: [`^src/(${features}|${shells})/`, top] },
    ),
    never(
      "features-import-only-down",
      "A feature is a stream of facts: it does not know who shows it.",
      { path: `^src/(${features})/` },
      { path: [`^src/(${shells})/`, top] },
    ),
    never(
      "features-never-import-one-another",
      "What two features share belongs to the domain.",
      { path: `^src/(${features})/` },
      { path: `^src/(${features})/`, pathNot: "^src/$1/" },
    ),
    never(
      "shells-are-below-the-top",
      "The list of commands and the process edge are imported by nobody but the edge.",
      { path: `^src/(${shells})/` },
      { path: top },
    ),
    never(
      "commands-are-loaded-by-the-list-alone",
      "A command module is loaded lazily, by the list in cli.ts: no other module imports one.",
      { path: "^src/", pathNot: "^src/cli\\.ts$" },
      { path: `^src/(${features})/[a-z-]*command\\.ts$` },
    ),
    never(
      "reporters-are-pure",
      "A reporter turns facts into text: it opens nothing, and asks nobody.",
      { path: "^src/reporters/" },
      { path: [world, "^src/(postgres|config)/", "node_modules/(?!string-width/)"] },
    ),
    never(
      "wire-has-no-sockets",
      "A protocol is bytes in, messages out: sockets and files belong to who drives it.",
      { path: "^src/wire/" },
      { path: [sockets, "^src/postgres/", "node_modules/(postgres|redis|ioredis|mongodb|@nats-io)/"] },
    ),
    never(
      "decisions-know-no-adapters",
      "A feature's story and rules ask for ports; only its command hands in adapters.",
      {
        path: `^src/(${features})/`,
        pathNot: [`^src/(${features})/[a-z-]*command\\.ts$`, `^src/(${features})/adapters/`],
      },
      { path: `^src/(${features})/adapters/` },
    ),
    never(
      "permits-come-from-the-ledger",
      "The right to destroy exists only where a ledger's commit was answered: record-step.ts alone makes one.",
      { path: "^src/", pathNot: "^src/chokepoint/(record-step|permit)\\.ts$" },
      { path: "^src/chokepoint/recorded-permits\\.ts$" },
    ),
    never(
      "backends-are-reached-through-the-chokepoint",
      "Who speaks to a target is opened by open-targets.ts alone, and handed to guardedDrop: nobody destroys around it.",
      { path: "^src/", pathNot: "^src/chokepoint/(backends/|open-targets\\.ts$)" },
      { path: "^src/chokepoint/backends/" },
    ),
    never(
      "steps-are-taken-by-the-chokepoint",
      "The steps of a drop are taken by guardedDrop, in its order, and by nobody else.",
      { path: "^src/", pathNot: "^src/chokepoint/(steps/|guarded-drop\\.ts$)" },
      { path: "^src/chokepoint/steps/" },
    ),
    never(
      "no-tests-in-the-program",
      "The program does not know its tests.",
      { path: "^src/" },
      { path: "^(test|bench)/" },
    ),
    never(
      "dependencies-are-declared",
      "What the program imports stands under dependencies in package.json.",
      { path: "^src/" },
      { dependencyTypes: ["npm-dev", "npm-no-pkg", "npm-unknown", "npm-optional"] },
    ),
  ],
  options: {
    parser: "swc",
    tsConfig: { fileName: "tsconfig.json" },
    doNotFollow: { path: "node_modules" },
    exclude: { path: "^(dist|node_modules/\\.)" },
    enhancedResolveOptions: {
      exportsFields: ["exports"],
      mainFields: ["module", "main", "types"],
      extensions: [".ts", ".tsx", ".js", ".mjs", ".json"],
      conditionNames: ["import", "require", "node", "default", "types"],
    },
  },
};
